/** Whether two ways of writing a repository mean the same one. */

/**
 * Compares registry and repository, leaving out tag and digest and treating the names of Docker Hub as one:
 * `alpine`, `docker.io/library/alpine:3` and `index.docker.io/library/alpine` are equal.
 */
export function sameRepository(left: string, right: string): boolean {
  return normalised(left) === normalised(right);
}

function normalised(text: string): string {
  const bare = text.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const slash = bare.indexOf('/');
  const first = slash < 0 ? '' : bare.slice(0, slash);
  // A first component is a host only with a dot or a port, or as localhost: the rule of docker.
  const hasHost = first === 'localhost' || /[.:]/.test(first);
  const host = hasHost ? first : 'docker.io';
  const path = hasHost ? bare.slice(slash + 1) : bare;
  const isHub = host === 'docker.io' || host === 'index.docker.io' || host === 'registry-1.docker.io';
  return `${isHub ? 'docker.io' : host}/${isHub && !path.includes('/') ? `library/${path}` : path}`;
}
