/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** Where the API is, for a page that is hosted apart. */
  readonly VITE_API_URL?: string;
}
