/** `pratique manifest verify`; what it shares with `dockerfile verify` is in `verify-files.ts`. */
export { manifestCommand as command } from './verify-files.ts';
