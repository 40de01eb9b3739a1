/**
 * Puts text on the clipboard. False where the browser does not allow it; a plain-HTTP console has only the old way,
 * which works from a press of a button.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    // The property is missing outside secure contexts, whatever the types say.
    if ('clipboard' in navigator && navigator.clipboard !== undefined) {
      await navigator.clipboard.writeText(text);
      return true;
    }
    return copyByField(text);
  } catch {
    return copyByField(text);
  }
}

function copyByField(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
