/** What is wrong with bytes somebody else wrote. Thrown and caught within this folder: a bad signature is an answer, not a fault. */
export class Flaw extends Error {
  override readonly name = 'Flaw';
}

/** Runs a reader of foreign bytes; whatever it throws becomes words that continue a sentence about what was read. */
export function flawIn<T>(
  read: () => T,
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly flaw: string } {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    return { ok: false, flaw: error instanceof Flaw ? error.message : 'cannot be read' };
  }
}
