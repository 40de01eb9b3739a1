/** The address of an operation below the base address of a service, whose own path and trailing slashes are kept. */
export function joinUrl(base: string, path: string): string {
  return `${base.replace(/\/+$/u, '')}${path}`;
}
