// A credential as the text of a `.env` file. The browser makes the file, so the secret is not sent to the server again.
import type { ApiKey } from '../../core/api-key.ts'
import { Command } from '../components/command.tsx'
import { Icon } from '../components/icon.tsx'

/** A variable stands for the secret. Copying or downloading puts the secret in. */
export const EnvironmentFile = ({ credential }: { credential: ApiKey }) => {
  const text = `KEYWARD_CLIENT_ID=${credential.id}\nKEYWARD_CLIENT_SECRET=$KEYWARD_CLIENT_SECRET`
  return (
    <>
      <Command label="Environment variables of your service" withToken>
        {text}
      </Command>
      <p>
        <button
          class="button"
          type="button"
          data-download-with-token={`${text}\n`}
          data-file={`${credential.id}.env`}
          hidden
        >
          <Icon name="copy" />
          <span>Download as .env</span>
        </button>
      </p>
    </>
  )
}
