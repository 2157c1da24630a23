// A credential as the text of a `.env` file, made in the browser: its secret is in the page once and goes nowhere.
import type { ApiKey } from '../../core/api-key.ts'
import { Command } from '../components/command.tsx'
import { Icon } from '../components/icon.tsx'

/** The secret stands in it as a variable, and is put in when it is copied or downloaded. */
export const EnvironmentFile = ({ credential }: { credential: ApiKey }) => {
  const text = `KEYWARD_CLIENT_ID=${credential.id}\nKEYWARD_CLIENT_SECRET=$KEYWARD_CLIENT_SECRET`
  return (
    <>
      <Command label="For the environment of your service" withToken>
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
