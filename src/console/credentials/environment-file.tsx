// A credential as the text of a `.env` file. The browser makes the file, so the secret is not sent to the server again.
import type { ApiKey } from '../../core/api-key.ts'
import { formatEnvironmentFile } from '../command-text.ts'
import { CommandWithToken } from '../components/command.tsx'
import { Icon } from '../components/icon.tsx'

/** A variable stands for the secret. Copying or downloading puts the secret in. */
export const EnvironmentFile = ({ credential }: { credential: ApiKey }) => {
  const text = formatEnvironmentFile(credential.id)
  return (
    <>
      <CommandWithToken label="Environment variables of your service" text={text} />
      <p>
        <button
          class="button"
          type="button"
          data-download-with-token={text.before}
          data-after-token={text.after}
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
