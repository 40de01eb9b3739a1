/** What to say of an error of the cluster. */
import { excerpt, isFault } from '@pratique/runtime/fault';

/** Message and next step of an error; what is no fault is a bug or a library's, and said as it is. */
export function describeTrouble(error: unknown): { readonly message: string; readonly hint: string } {
  if (isFault(error)) return { message: error.message, hint: error.hint };
  const message = error instanceof Error ? error.message : String(error);
  return { message: excerpt(message, 300), hint: 'It is tried again by itself; what is served goes on being served.' };
}
