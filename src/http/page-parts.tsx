// What the pages of the console and those outside it have in common.

/** The path of a static file. It names the deployment: a browser may keep the file for good, and asks again after the next one. */
export const assetPath = (assetVersion: string, file: string) => `/console/assets/${assetVersion}/${file}`

export const Logo = () => (
  <svg viewBox="0 0 24 24" aria-hidden="true">
    <path d="M12 2 4 5v6c0 5 3.4 9.3 8 11 4.6-1.7 8-6 8-11V5z" />
    <path class="wordmark-key" d="M12 8a2.5 2.5 0 0 1 1 4.8V17h-2v-4.2A2.5 2.5 0 0 1 12 8z" />
  </svg>
)
