/** `pratique dockerfile verify`; what it shares with `manifest verify` is in `verify-files.ts`. */
export { dockerfileCommand as command } from './verify-files.ts';
