// Made by `npm run client:types` from the OpenAPI document of the Worker. Do not edit.

export interface components {
    schemas: {
        /** @description The answer to a verification; `code` tells the forms apart. Treat a code that you do not know as a no. */
        Verdict: components["schemas"]["ValidVerdict"] | components["schemas"]["UnknownToken"] | components["schemas"]["DeadKey"] | components["schemas"]["MissingScopes"];
        /** @description A yes, and whose key it is. */
        ValidVerdict: {
            /**
             * @description The request may be let through.
             * @constant
             */
            valid: true;
            /**
             * @description The token is good, for all that was asked. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            code: "valid";
            /**
             * @description Which kind of token it is. Of an access token, the other fields describe its SDK credential.
             * @enum {string}
             */
            kind: "api_key" | "access_token";
            /** @description The id of the key; of an access token, of its SDK credential. */
            keyId: string;
            /** @description The name of the key. */
            name: string;
            /** @description The public part of the token. */
            prefix: string;
            /** @description The id of the project (`proj_…`). */
            projectId: string;
            /** @description The environment of the key. */
            environment: {
                /** @description The id of the environment (`env_…`). */
                id: string;
                /** @description Its name. */
                name: string;
                /** @description Its tag, such as `production`. */
                tag: string;
            };
            /** @description What the token may do. */
            scopes: string[];
            /** @description Who uses the key, in your own terms. Null: nobody named. */
            ownerId: string | null;
            /** @description Your own JSON object, as it was sent. */
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description When the token stops working. Null: it does not expire.
             */
            expiresAt: string | null;
            freshness: components["schemas"]["Freshness"];
        };
        /** @description How current the answer is. */
        Freshness: {
            /**
             * Format: date-time
             * @description When the ledger was last asked about the key.
             */
            asOf: string;
            /** @description How long ago that was, in milliseconds. */
            ageMs: number;
            /** @description How old the answer was allowed to be, in milliseconds. */
            boundMs: number;
            /**
             * @description `ledger`: it was asked for this answer. `lease`: an earlier answer still holds. `grace`: the ledger is silent and the environment allows a grace.
             * @enum {string}
             */
            source: "ledger" | "lease" | "grace";
            /** @description The stores that did not answer. Left out when all did. */
            degraded?: ("kv" | "d1")[];
        };
        /** @description A no: nothing is known of the token. */
        UnknownToken: {
            /**
             * @description Do not let the request through.
             * @constant
             */
            valid: false;
            /**
             * @description `malformed`: no token of this Keyward. `not_found`: no such key, or not one you may see. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            code: "malformed" | "not_found";
        };
        /** @description A no: the key exists and does not work. */
        DeadKey: {
            /**
             * @description Do not let the request through.
             * @constant
             */
            valid: false;
            /**
             * @description Why the key does not work. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            code: "revoked" | "disabled" | "expired";
            /** @description The id of the key; of an access token, of its SDK credential. */
            keyId: string;
            freshness: components["schemas"]["Freshness"];
        };
        /** @description A no: the key works and lacks a scope. */
        MissingScopes: {
            /**
             * @description Do not let the request through.
             * @constant
             */
            valid: false;
            /**
             * @description The key works, but not for this. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            code: "insufficient_scope";
            /** @description The id of the key; of an access token, of its SDK credential. */
            keyId: string;
            /** @description The scopes that were asked for. */
            requiredScopes: string[];
            /** @description Those of them that the key lacks. */
            missingScopes: string[];
            freshness: components["schemas"]["Freshness"];
        };
        /** @description A project groups environments. */
        Project: {
            /** @description The id of the project (`proj_…`). */
            id: string;
            /** @description The name, for people. */
            name: string;
            /**
             * Format: date-time
             * @description When it was created.
             */
            createdAt: string;
            /** @description The id of the management key that created it, or `root`. */
            createdBy: string;
        };
        /** @description An environment: a scope catalogue and the keys that live in it. */
        Environment: {
            /** @description The id of the environment (`env_…`). */
            id: string;
            /** @description The id of the project (`proj_…`). */
            projectId: string;
            /** @description The name, for people. */
            name: string;
            /** @description A short label, such as `production`. */
            tag: string;
            /** @description The scope catalogue: every scope that keys here can hold. */
            scopes: {
                /** @description The name that keys hold and routes ask for. */
                name: string;
                /** @description What the scope allows, for people. Null: not said. */
                description: string | null;
                /** @description Whether every key must hold it. */
                required: boolean;
                /** @description Other names by which OAuth clients may request the scope. Left out where there are none. */
                aliases?: string[];
            }[];
            /** @description How soon a change or a revocation is in force everywhere, and what happens when that cannot be known. */
            bounds: {
                /** @description How old an answer about a key may be, in milliseconds: 0 to 60000. 5000 by default; 0 asks the ledger each time. */
                maxStalenessMs: number;
                /** @description What happens while the ledger does not answer: `deny` (the default) answers 503; a grace lets known keys pass. */
                onUnknown: "deny" | {
                    /** @description For how long keys that were good go on working, in seconds: 1 to 900. */
                    graceSeconds: number;
                };
            };
            /** @description Origins of the web pages that may send its keys. Usually none. */
            browserOrigins: string[];
            /** @description For whom its access tokens may be meant besides `/core`. */
            audiences: string[];
            /**
             * Format: date-time
             * @description When it was created.
             */
            createdAt: string;
            /** @description The id of the management key that created it, or `root`. */
            createdBy: string;
        };
        /** @description What you may rely on after a change. */
        Receipt: {
            /**
             * Format: date-time
             * @description When the change was committed.
             */
            committedAt: string;
            /**
             * Format: date-time
             * @description From when on no verification answers from before the change (but within a grace).
             */
            effectiveBy: string;
            /**
             * @description `pending` while the database does not have the change yet. It is effective all the same.
             * @enum {string}
             */
            recorded: "recorded" | "pending";
        };
        /** @description Which keys of the environment to revoke, and why. */
        EnvironmentRevocation: {
            /**
             * Format: date-time
             * @description Secrets issued before this moment are revoked. Now by default; a moment in the future is 400.
             */
            issuedBefore?: string;
            /**
             * @description Why the keys are revoked.
             * @enum {string}
             */
            reason: "unspecified" | "compromised" | "superseded" | "no_longer_used" | "owner_left";
            /** @description A note for the audit log: 1 to 500 characters. */
            note?: string;
        };
        /** @description Which requests may pass, with which scopes, and where they are sent. */
        Route: {
            /** @description The methods it takes, each once: upper case, or `*` for all. `GET` takes `HEAD` too. */
            methods: string[];
            /** @description Begins with `/api/`. `:name` matches one segment, `*` at the end the rest. */
            path: string;
            /** @description What the key must hold: all of them, each named once. With none, every live key of the environment may pass. */
            scopes: string[];
            /** @description Null until you set it: the route then answers 502. */
            upstream: {
                /** @description Where requests are sent: https, or http on loopback. No query, and no private address. */
                url: string;
            } | {
                /** @description The name of a service binding of this Worker. */
                service: string;
            } | null;
            /**
             * @description Apply the rerank controls for the `context_id` of the request, in its query or JSON body. A body must be JSON of at most 64 KiB.
             * @default false
             */
            rerank?: boolean;
            /**
             * @description Allow requests to become WebSockets. False by default.
             * @default false
             */
            webSocket?: boolean;
            /**
             * @description How long the upstream may take to begin its answer, in milliseconds: 100 to 600000. 30000 by default.
             * @default 30000
             */
            timeoutMs?: number;
        };
        /** @description The whole route table of an environment. */
        RouteTable: {
            /** @description Every route: at most 200, no two for the same method and path. Their order means nothing. */
            routes: components["schemas"]["Route"][];
        };
        /** @description The rerank controls of one context. */
        ContextRerankControls: {
            /** @description The id of the context. */
            contextId: string;
            /** @description For every surface without a preset. */
            global_default: {
                /**
                 * @description The surface of requests that name none.
                 * @enum {string}
                 */
                surface: "search" | "results" | "recommendations";
                /**
                 * @description How strongly results are reranked.
                 * @enum {string}
                 */
                rerank_mode: "off" | "balanced" | "aggressive";
                /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                rerank_depth: number;
            };
            /** @description A surface without a preset inherits the global default. */
            surface_presets?: {
                /** @description For requests on the surface `search`. */
                search?: {
                    /**
                     * @description How strongly results are reranked.
                     * @enum {string}
                     */
                    rerank_mode: "off" | "balanced" | "aggressive";
                    /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                    rerank_depth: number;
                };
                /** @description For requests on the surface `results`. */
                results?: {
                    /**
                     * @description How strongly results are reranked.
                     * @enum {string}
                     */
                    rerank_mode: "off" | "balanced" | "aggressive";
                    /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                    rerank_depth: number;
                };
                /** @description For requests on the surface `recommendations`. */
                recommendations?: {
                    /**
                     * @description How strongly results are reranked.
                     * @enum {string}
                     */
                    rerank_mode: "off" | "balanced" | "aggressive";
                    /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                    rerank_depth: number;
                };
            };
            /**
             * Format: date-time
             * @description When they were last set.
             */
            updatedAt: string;
        };
        /** @description What the front door asks of reranking, for one context. */
        RerankControls: {
            /** @description For every surface without a preset. */
            global_default: {
                /**
                 * @description The surface of requests that name none.
                 * @enum {string}
                 */
                surface: "search" | "results" | "recommendations";
                /**
                 * @description How strongly results are reranked.
                 * @enum {string}
                 */
                rerank_mode: "off" | "balanced" | "aggressive";
                /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                rerank_depth: number;
            };
            /** @description A surface without a preset inherits the global default. */
            surface_presets?: {
                /** @description For requests on the surface `search`. */
                search?: {
                    /**
                     * @description How strongly results are reranked.
                     * @enum {string}
                     */
                    rerank_mode: "off" | "balanced" | "aggressive";
                    /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                    rerank_depth: number;
                };
                /** @description For requests on the surface `results`. */
                results?: {
                    /**
                     * @description How strongly results are reranked.
                     * @enum {string}
                     */
                    rerank_mode: "off" | "balanced" | "aggressive";
                    /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                    rerank_depth: number;
                };
                /** @description For requests on the surface `recommendations`. */
                recommendations?: {
                    /**
                     * @description How strongly results are reranked.
                     * @enum {string}
                     */
                    rerank_mode: "off" | "balanced" | "aggressive";
                    /** @description How many results are reranked: 0 to 1000. The operator may cap it. */
                    rerank_depth: number;
                };
            };
        };
        /** @description The token, and what is asked of it. */
        VerifyRequest: {
            /** @description The token, as the caller sent it to you. Text that is no token is `malformed`, not an error. */
            token: string;
            /** @description What the request needs: the key must hold all of them. None by default. */
            scopes?: string[];
            /** @description The environment the key must be of: a key of another one is `not_found`. Any by default. */
            environmentId?: string;
            /** @description How old the answer may be, in milliseconds. It can only tighten the environment's own bound; 0 asks the ledger. */
            maxStalenessMs?: number;
        };
        /** @description An API key. Its token is not part of it: only a hash of the token is stored. */
        ApiKey: {
            /** @description The id of the key (`key_…`). It stays the same when the key is rotated. */
            id: string;
            /** @description The id of the environment (`env_…`). */
            environmentId: string;
            /** @description The id of the project (`proj_…`). */
            projectId: string;
            /** @description The name, for people. */
            name: string;
            /** @description The public part of the newest token, by which to recognize it in a log. */
            prefix: string;
            /** @description What the key may do. */
            scopes: string[];
            /**
             * @description `active`, or why it does not work. A revoked one is `revoked`, whatever else is true of it.
             * @enum {string}
             */
            status: "active" | "disabled" | "expired" | "revoked";
            /** @description False while the key is disabled. */
            enabled: boolean;
            /** @description Who uses the key, in your own terms. Null: nobody named. */
            ownerId: string | null;
            /** @description Your own JSON object, as it was sent. */
            metadata: {
                [key: string]: unknown;
            };
            /**
             * Format: date-time
             * @description When the key was created.
             */
            createdAt: string;
            /** @description The id of the management key that created it, or `root`. */
            createdBy: string;
            /**
             * Format: date-time
             * @description The first moment at which the key no longer works. Null: it does not expire.
             */
            expiresAt: string | null;
            /**
             * Format: date-time
             * @description The last good use, accurate to within a minute. Null: never used.
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked. Null: it is not.
             */
            revokedAt: string | null;
            /**
             * @description Why it was revoked. Null: it is not.
             * @enum {string|null}
             */
            revokedReason: "unspecified" | "compromised" | "superseded" | "no_longer_used" | "owner_left" | null;
            /** @description The live secrets, newest first: one, or two while a rotation overlaps. */
            secrets: {
                /** @description The public part of the token. */
                prefix: string;
                /**
                 * Format: date-time
                 * @description When the secret was issued.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When a rotation ends the secret. Null: with the key.
                 */
                expiresAt: string | null;
            }[];
        };
        /** @description An API key to create. */
        NewApiKey: {
            /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
            name: string;
            /** @description What the key may do: scopes of the environment's catalogue. A scope that the catalogue lacks, or a required one that is left out, is 400; one that is given twice counts once. */
            scopes: string[];
            /**
             * Format: date-time
             * @description When the key stops working. Null, the default: never.
             */
            expiresAt?: string;
            /** @description Who uses the key, in your own terms. Null, the default: nobody named. */
            ownerId?: string | null;
            /** @description Any JSON object of yours, at most 4 KiB. It is kept as sent and never interpreted. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description Whether the key works. True by default. */
            enabled?: boolean;
        };
        /** @description What to change. What is left out stays as it is. */
        ApiKeyEdit: {
            /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
            name?: string;
            /** @description What the key may do: scopes of the environment's catalogue. A scope that the catalogue lacks, or a required one that is left out, is 400; one that is given twice counts once. */
            scopes?: string[];
            /**
             * Format: date-time
             * @description When the key stops working; a moment in the past ends it at once. Null: never.
             */
            expiresAt?: string;
            /** @description Who uses the key, in your own terms. Null: nobody named. */
            ownerId?: string | null;
            /** @description Any JSON object of yours, at most 4 KiB. It is kept as sent and never interpreted. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description False disables the key until it is set to true again. */
            enabled?: boolean;
        };
        /** @description How to change over to the new secret. */
        RotationRequest: {
            /** @description For how long the secret before goes on working, in seconds: 0 to 604800, which is 7 days. */
            overlapSeconds: number;
        };
        /** @description Why it is revoked, for the record. */
        Revocation: {
            /**
             * @description Why the key is revoked. `unspecified` by default.
             * @enum {string}
             */
            reason?: "unspecified" | "compromised" | "superseded" | "no_longer_used" | "owner_left";
            /** @description A note for the audit log: 1 to 500 characters. */
            note?: string;
        };
        /** @description An SDK credential: an OAuth client of an environment. */
        Credential: {
            /** @description The id of the credential (`cred_…`), which is also its OAuth `client_id`. */
            id: string;
            /** @description The id of the environment (`env_…`). */
            environmentId: string;
            /** @description The id of the project (`proj_…`). */
            projectId: string;
            /** @description The name, for people. */
            name: string;
            /** @description What the key may do. */
            scopes: string[];
            /**
             * @description `active`, or why it does not work. A revoked one is `revoked`, whatever else is true of it.
             * @enum {string}
             */
            status: "active" | "disabled" | "expired" | "revoked";
            /**
             * Format: date-time
             * @description When the key was created.
             */
            createdAt: string;
            /** @description The id of the management key that created it, or `root`. */
            createdBy: string;
            /**
             * Format: date-time
             * @description The last good use, accurate to within a minute. Null: never used.
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked. Null: it is not.
             */
            revokedAt: string | null;
            /**
             * @description Why it was revoked. Null: it is not.
             * @enum {string|null}
             */
            revokedReason: "unspecified" | "compromised" | "superseded" | "no_longer_used" | "owner_left" | null;
            /** @description The live secrets, newest first: one, or two while a rotation overlaps. */
            secrets: {
                /** @description The public part of the token. */
                prefix: string;
                /**
                 * Format: date-time
                 * @description When the secret was issued.
                 */
                createdAt: string;
                /**
                 * Format: date-time
                 * @description When a rotation ends the secret. Null: with the key.
                 */
                expiresAt: string | null;
            }[];
            /** @description What OAuth calls the `client_id`. It is public. */
            clientId: string;
        };
        /** @description An SDK credential to create. */
        NewCredential: {
            /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
            name: string;
            /** @description What the key may do: scopes of the environment's catalogue. A scope that the catalogue lacks, or a required one that is left out, is 400; one that is given twice counts once. */
            scopes: string[];
        };
        /** @description What to change. What is left out stays as it is. */
        CredentialEdit: {
            /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
            name?: string;
            /** @description What the key may do: scopes of the environment's catalogue. A scope that the catalogue lacks, or a required one that is left out, is 400; one that is given twice counts once. */
            scopes?: string[];
        };
        /** @description A key of this API itself. */
        ManagementKey: {
            /** @description The id of the management key (`mk_…`). */
            id: string;
            /** @description The name, for people. */
            name: string;
            /** @description The public part of its token, by which to recognize it in a log. */
            prefix: string;
            /**
             * @description `admin`: everything. `member`: environments and what is in them. `verifier`: only verification.
             * @enum {string}
             */
            role: "admin" | "member" | "verifier";
            /** @description The one environment whose keys a verifier may verify. Null: not bound. */
            environmentId: string | null;
            /**
             * Format: date-time
             * @description When it was created.
             */
            createdAt: string;
            /** @description The id of the management key that created it, or `root`. */
            createdBy: string;
            /**
             * Format: date-time
             * @description The last use, accurate to within a minute. Null: never used.
             */
            lastUsedAt: string | null;
            /**
             * Format: date-time
             * @description When it was revoked. Null: it is not.
             */
            revokedAt: string | null;
        };
        /** @description One change. It never holds a token, secret or hash. */
        AuditEvent: {
            /** @description The id of the event (`evt_…`). */
            id: string;
            /**
             * Format: date-time
             * @description When the change was made.
             */
            at: string;
            /** @description Who made the change. */
            actor: {
                /** @description `root`, `management_key`, `client` (an SDK credential) or `service_binding`. */
                type: string;
                /** @description Its id, or `root`. */
                id: string;
                /** @description Its name at that time. */
                name: string;
            };
            /**
             * @description What was done.
             * @enum {string}
             */
            action: "project.created" | "project.updated" | "project.deleted" | "environment.created" | "environment.updated" | "environment.deleted" | "environment.keys_revoked" | "routes.updated" | "rerank_controls.updated" | "key.created" | "key.updated" | "key.rotated" | "key.revoked" | "credential.created" | "credential.updated" | "credential.rotated" | "credential.revoked" | "credential.token_ended" | "credential.tokens_ended" | "management_key.created" | "management_key.revoked";
            /** @description The project it concerns. Null: none. */
            projectId: string | null;
            /** @description The environment it concerns. Null: none. */
            environmentId: string | null;
            /** @description The API key or SDK credential it concerns. Null: none. */
            keyId: string | null;
            /** @description The management key it concerns. Null: none. */
            managementKeyId: string | null;
            /** @description The fields that the change touched, as they were. Null: there was nothing before. */
            before: {
                [key: string]: unknown;
            } | null;
            /** @description The fields that the change touched, as they became. Null: there is nothing after. */
            after: {
                [key: string]: unknown;
            } | null;
            /** @description The id of the request, as in `X-Request-Id`. */
            requestId: string;
            /** @description The IP address the request came from. Null: not known. */
            address: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export interface operations {
    listProjects: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of projects. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["Project"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    createProject: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The project. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    getProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the project (`proj_…`). */
                projectId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The project. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    deleteProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the project (`proj_…`). */
                projectId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The project is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    updateProject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the project (`proj_…`). */
                projectId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The project. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
        };
    };
    listEnvironments: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id of the project (`proj_…`). */
                projectId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of environments. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["Environment"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    createEnvironment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the project (`proj_…`). */
                projectId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
                    name: string;
                    /** @description A short label such as `production`: at most 32 of A-Z a-z 0-9 . _ -, beginning with a letter or digit. */
                    tag: string;
                    /**
                     * @description A ready-made scope catalogue and route table. Not together with `scopes`.
                     * @enum {string}
                     */
                    template?: "data-api" | "recommendations";
                    /** @description The scope catalogue: at most 100, each name once. Not together with a `template`. */
                    scopes?: {
                        /** @description The name: a lower-case letter, then at most 63 of a-z 0-9 . _ : / -. Unique in the catalogue. */
                        name: string;
                        /** @description What the scope allows, for people: at most 200 characters. Null: not said. */
                        description?: string | null;
                        /** @description Whether every key must hold it. False by default. */
                        required?: boolean;
                        /** @description Other names by which OAuth clients may request the scope at the token endpoint. One alias may stand for several scopes. */
                        aliases?: string[];
                    }[];
                    /** @description For whom access tokens of the environment may be meant besides `/core`: what clients may ask for as `audience` or `resource`. None by default. */
                    audiences?: string[];
                };
            };
        };
        responses: {
            /** @description The environment. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    getEnvironment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The environment. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    deleteEnvironment: {
        parameters: {
            query: {
                /** @description The environment's name, so that no other one is deleted by mistake. */
                confirm: string;
            };
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The environment is gone and its keys are revoked. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many keys were revoked. Null while the database cannot be asked. */
                        revokedKeys: number | null;
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    updateEnvironment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
                    name?: string;
                    /** @description A short label such as `production`: at most 32 of A-Z a-z 0-9 . _ -, beginning with a letter or digit. */
                    tag?: string;
                    /** @description The whole scope catalogue, each name once. A scope that a live key holds cannot be left out: 409. */
                    scopes?: {
                        /** @description The name: a lower-case letter, then at most 63 of a-z 0-9 . _ : / -. Unique in the catalogue. */
                        name: string;
                        /** @description What the scope allows, for people: at most 200 characters. Null: not said. */
                        description?: string | null;
                        /** @description Whether every key must hold it. False by default. */
                        required?: boolean;
                        /** @description Other names by which OAuth clients may request the scope at the token endpoint. One alias may stand for several scopes. */
                        aliases?: string[];
                    }[];
                    /** @description How soon changes are in force. What is left out stays as it is. */
                    bounds?: {
                        /** @description How old an answer about a key may be, in milliseconds: 0 to 60000. 5000 by default; 0 asks the ledger each time. */
                        maxStalenessMs?: number;
                        /** @description What happens while the ledger does not answer: `deny` (the default) answers 503; a grace lets known keys pass. */
                        onUnknown?: "deny" | {
                            /** @description For how long keys that were good go on working, in seconds: 1 to 900. */
                            graceSeconds: number;
                        };
                    };
                    /** @description Origins of the web pages that may send keys to the front door. None by default: everybody who opens a page can read its keys. */
                    browserOrigins?: string[];
                    /** @description For whom access tokens of the environment may be meant besides `/core`: what clients may ask for as `audience` or `resource`. None by default. */
                    audiences?: string[];
                };
            };
        };
        responses: {
            /** @description The environment. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Environment"];
                };
            };
        };
    };
    revokeEnvironmentKeys: {
        parameters: {
            query?: {
                /** @description Hold the answer until the revocation is effective everywhere. */
                wait?: "effective";
            };
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnvironmentRevocation"];
            };
        };
        responses: {
            /** @description How many keys were revoked, and the receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description How many keys were revoked. Null while the database cannot be asked. */
                        revokedKeys: number | null;
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    getRoutes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The whole table. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Every route of the environment. */
                        routes: components["schemas"]["Route"][];
                    };
                };
            };
        };
    };
    replaceRoutes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RouteTable"];
            };
        };
        responses: {
            /** @description The table, and when it is in force. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Every route of the environment. */
                        routes: components["schemas"]["Route"][];
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    listRerankControls: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of rerank controls. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["ContextRerankControls"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    getRerankControls: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
                /** @description The id of the context, which you choose: at most 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit. */
                contextId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The controls, as they were set. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerankControls"];
                };
            };
        };
    };
    setRerankControls: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
                /** @description The id of the context, which you choose: at most 128 of A-Z a-z 0-9 . _ : -, beginning with a letter or digit. */
                contextId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RerankControls"];
            };
        };
        responses: {
            /** @description The controls, as they are set now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RerankControls"];
                };
            };
        };
    };
    verifyToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VerifyRequest"];
            };
        };
        responses: {
            /** @description The verdict. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Verdict"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
                /** @description Only keys with this status. */
                status?: "active" | "disabled" | "expired" | "revoked";
                /** @description Only keys that hold this scope. */
                scope?: string;
                /** @description Only keys of this owner. */
                ownerId?: string;
                /** @description The beginning of any word of the name, of a prefix, or of a token up to its prefix (`nsl_4fK9aZ2q`); case does not matter. */
                search?: string;
            };
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["ApiKey"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description The key and its token. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: components["schemas"]["ApiKey"];
                        /** @description The token. It is shown here and never again. */
                        token: string;
                    };
                };
            };
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the key (`key_…`). It stays the same when the key is rotated. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKey"];
                };
            };
        };
    };
    deleteKey: {
        parameters: {
            query?: {
                /** @description Hold the answer until the revocation is effective everywhere. */
                wait?: "effective";
            };
            header?: never;
            path: {
                /** @description The id of the key (`key_…`). It stays the same when the key is rotated. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Revocation"];
            };
        };
        responses: {
            /** @description The key and the receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The key. Null while the database cannot be asked. */
                        key: components["schemas"]["ApiKey"] | null;
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    updateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the key (`key_…`). It stays the same when the key is rotated. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyEdit"];
            };
        };
        responses: {
            /** @description The key and the receipt of the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: components["schemas"]["ApiKey"];
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    rotateKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the key (`key_…`). It stays the same when the key is rotated. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotationRequest"];
            };
        };
        responses: {
            /** @description The key, its new token, and when the secret before ends. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        key: components["schemas"]["ApiKey"];
                        /** @description The token. It is shown here and never again. */
                        token: string;
                        /** @description The secret before. */
                        previous: {
                            /** @description The public part of the token before. */
                            prefix: string;
                            /**
                             * Format: date-time
                             * @description When the secret before stops working.
                             */
                            expiresAt: string;
                        };
                    };
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: {
                /** @description Hold the answer until the revocation is effective everywhere. */
                wait?: "effective";
            };
            header?: never;
            path: {
                /** @description The id of the key (`key_…`). It stays the same when the key is rotated. */
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Revocation"];
            };
        };
        responses: {
            /** @description The key and the receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The key. Null while the database cannot be asked. */
                        key: components["schemas"]["ApiKey"] | null;
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    listCredentials: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
                /** @description Only credentials with this status. */
                status?: "active" | "disabled" | "expired" | "revoked";
            };
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of credentials. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["Credential"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    createCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the environment (`env_…`). */
                environmentId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCredential"];
            };
        };
        responses: {
            /** @description The credential and its secret. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        credential: components["schemas"]["Credential"];
                        /** @description What OAuth calls the `client_id`. It is public. */
                        clientId: string;
                        /** @description The client secret. It is shown here and never again. */
                        clientSecret: string;
                    };
                };
            };
        };
    };
    getCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the credential (`cred_…`), which is also its OAuth `client_id`. */
                credentialId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The credential. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Credential"];
                };
            };
        };
    };
    updateCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the credential (`cred_…`), which is also its OAuth `client_id`. */
                credentialId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CredentialEdit"];
            };
        };
        responses: {
            /** @description The credential and the receipt of the change. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        credential: components["schemas"]["Credential"];
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    rotateCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the credential (`cred_…`), which is also its OAuth `client_id`. */
                credentialId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotationRequest"];
            };
        };
        responses: {
            /** @description The credential, its new secret, and when the one before ends. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        credential: components["schemas"]["Credential"];
                        /** @description What OAuth calls the `client_id`. It is public. */
                        clientId: string;
                        /** @description The client secret. It is shown here and never again. */
                        clientSecret: string;
                        /** @description The secret before. */
                        previous: {
                            /** @description The public part of the token before. */
                            prefix: string;
                            /**
                             * Format: date-time
                             * @description When the secret before stops working.
                             */
                            expiresAt: string;
                        };
                    };
                };
            };
        };
    };
    endAccessTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the credential (`cred_…`), which is also its OAuth `client_id`. */
                credentialId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The credential and the receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        credential: components["schemas"]["Credential"];
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    revokeCredential: {
        parameters: {
            query?: {
                /** @description Hold the answer until the revocation is effective everywhere. */
                wait?: "effective";
            };
            header?: never;
            path: {
                /** @description The id of the credential (`cred_…`), which is also its OAuth `client_id`. */
                credentialId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Revocation"];
            };
        };
        responses: {
            /** @description The credential and the receipt. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The credential. Null while the database cannot be asked. */
                        credential: components["schemas"]["Credential"] | null;
                        receipt: components["schemas"]["Receipt"];
                    };
                };
            };
        };
    };
    listManagementKeys: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of management keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["ManagementKey"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
    createManagementKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A name for people: 1 to 100 characters, without line breaks. Names need not be unique. */
                    name: string;
                    /**
                     * @description `admin`: everything. `member`: environments and what is in them. `verifier`: only verification.
                     * @enum {string}
                     */
                    role: "admin" | "member" | "verifier";
                    /** @description The one environment whose keys it may verify. Only for the role `verifier`, otherwise 400. Null: all. */
                    environmentId?: string | null;
                };
            };
        };
        responses: {
            /** @description The management key and its token, which is shown here and never again. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        managementKey: components["schemas"]["ManagementKey"];
                        /** @description The token. It is shown here and never again. */
                        token: string;
                    };
                };
            };
        };
    };
    revokeManagementKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the management key (`mk_…`). */
                managementKeyId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The management key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        managementKey: components["schemas"]["ManagementKey"];
                    };
                };
            };
        };
    };
    listAuditEvents: {
        parameters: {
            query?: {
                /** @description How many to return at most: 1 to 100. 50 by default. */
                limit?: number;
                /** @description `nextCursor` of the page before. Without it, the first page. */
                cursor?: string;
                /** @description Only events at this moment or later. */
                from?: string;
                /** @description Only events before this moment. */
                to?: string;
                /** @description Only changes by this one: the id of a management key, or `root`. */
                actor?: string;
                /** @description Only events of this project. */
                projectId?: string;
                /** @description Only events of this environment. */
                environmentId?: string;
                /** @description Only events of this API key or SDK credential. */
                keyId?: string;
                /** @description Only events of this kind. */
                action?: "project.created" | "project.updated" | "project.deleted" | "environment.created" | "environment.updated" | "environment.deleted" | "environment.keys_revoked" | "routes.updated" | "rerank_controls.updated" | "key.created" | "key.updated" | "key.rotated" | "key.revoked" | "credential.created" | "credential.updated" | "credential.rotated" | "credential.revoked" | "credential.token_ended" | "credential.tokens_ended" | "management_key.created" | "management_key.revoked";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of audit events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description This page. */
                        data: components["schemas"]["AuditEvent"][];
                        /** @description Send it as `cursor` for the next page. Null: this is the last one. */
                        nextCursor: string | null;
                    };
                };
            };
        };
    };
}

export const OPERATIONS = {
  createProject: {"method":"POST","path":"/v1/projects","takesIdempotencyKey":true},
  listProjects: {"method":"GET","path":"/v1/projects","takesIdempotencyKey":false},
  getProject: {"method":"GET","path":"/v1/projects/{projectId}","takesIdempotencyKey":false},
  updateProject: {"method":"PATCH","path":"/v1/projects/{projectId}","takesIdempotencyKey":false},
  deleteProject: {"method":"DELETE","path":"/v1/projects/{projectId}","takesIdempotencyKey":false},
  createEnvironment: {"method":"POST","path":"/v1/projects/{projectId}/environments","takesIdempotencyKey":true},
  listEnvironments: {"method":"GET","path":"/v1/projects/{projectId}/environments","takesIdempotencyKey":false},
  getEnvironment: {"method":"GET","path":"/v1/environments/{environmentId}","takesIdempotencyKey":false},
  updateEnvironment: {"method":"PATCH","path":"/v1/environments/{environmentId}","takesIdempotencyKey":false},
  deleteEnvironment: {"method":"DELETE","path":"/v1/environments/{environmentId}","takesIdempotencyKey":false},
  revokeEnvironmentKeys: {"method":"POST","path":"/v1/environments/{environmentId}/revoke-keys","takesIdempotencyKey":true},
  getRoutes: {"method":"GET","path":"/v1/environments/{environmentId}/routes","takesIdempotencyKey":false},
  replaceRoutes: {"method":"PUT","path":"/v1/environments/{environmentId}/routes","takesIdempotencyKey":false},
  listRerankControls: {"method":"GET","path":"/v1/environments/{environmentId}/rerank-controls","takesIdempotencyKey":false},
  getRerankControls: {"method":"GET","path":"/v1/environments/{environmentId}/rerank-controls/{contextId}","takesIdempotencyKey":false},
  setRerankControls: {"method":"PUT","path":"/v1/environments/{environmentId}/rerank-controls/{contextId}","takesIdempotencyKey":false},
  verifyToken: {"method":"POST","path":"/v1/keys/verify","takesIdempotencyKey":false},
  createKey: {"method":"POST","path":"/v1/environments/{environmentId}/keys","takesIdempotencyKey":true},
  listKeys: {"method":"GET","path":"/v1/environments/{environmentId}/keys","takesIdempotencyKey":false},
  getKey: {"method":"GET","path":"/v1/keys/{keyId}","takesIdempotencyKey":false},
  updateKey: {"method":"PATCH","path":"/v1/keys/{keyId}","takesIdempotencyKey":false},
  deleteKey: {"method":"DELETE","path":"/v1/keys/{keyId}","takesIdempotencyKey":false},
  rotateKey: {"method":"POST","path":"/v1/keys/{keyId}/rotate","takesIdempotencyKey":true},
  revokeKey: {"method":"POST","path":"/v1/keys/{keyId}/revoke","takesIdempotencyKey":false},
  createCredential: {"method":"POST","path":"/v1/environments/{environmentId}/credentials","takesIdempotencyKey":true},
  listCredentials: {"method":"GET","path":"/v1/environments/{environmentId}/credentials","takesIdempotencyKey":false},
  getCredential: {"method":"GET","path":"/v1/credentials/{credentialId}","takesIdempotencyKey":false},
  updateCredential: {"method":"PATCH","path":"/v1/credentials/{credentialId}","takesIdempotencyKey":false},
  rotateCredential: {"method":"POST","path":"/v1/credentials/{credentialId}/rotate","takesIdempotencyKey":true},
  endAccessTokens: {"method":"POST","path":"/v1/credentials/{credentialId}/end-tokens","takesIdempotencyKey":true},
  revokeCredential: {"method":"POST","path":"/v1/credentials/{credentialId}/revoke","takesIdempotencyKey":false},
  createManagementKey: {"method":"POST","path":"/v1/management-keys","takesIdempotencyKey":true},
  listManagementKeys: {"method":"GET","path":"/v1/management-keys","takesIdempotencyKey":false},
  revokeManagementKey: {"method":"POST","path":"/v1/management-keys/{managementKeyId}/revoke","takesIdempotencyKey":false},
  listAuditEvents: {"method":"GET","path":"/v1/audit-events","takesIdempotencyKey":false},
} as const
