/** Where the public authorities are to be read besides the webhook: in the ConfigMap, and in `ca.crt` of the Secret. */
import type { Bundle } from '@pratique/tls';
import { sameBundle } from '@pratique/tls';
import type { CertificateAction, CertificatePlan } from './actions.ts';
import type { CertificateState } from './state.ts';

/** Decides about the ConfigMap and about `ca.crt`. Somebody else's Secret is left alone. */
export function planPublication({ published, secret, own }: CertificateState, authorities: Bundle): CertificatePlan {
  const actions: CertificateAction[] = [];
  if (published.state === 'missing') {
    const lost = own.standIn ? {} : { repairs: ['configmap'] as const };
    actions.push({ act: 'publish', authorities, why: 'the ConfigMap is not there', ...lost });
  }
  if (published.state === 'there' && published.text !== authorities.pem) {
    actions.push({ act: 'publish', authorities, why: 'the ConfigMap holds something else' });
  }
  if (secret.state === 'usable' && secret.owner === 'gate' && !holds(secret.authorities, authorities)) {
    const broken = secret.authorities === undefined ? { repairs: ['secret'] as const } : {};
    const why =
      secret.authoritiesFlaw ?? (secret.authorities === undefined ? 'ca.crt is empty' : 'the authorities changed');
    actions.push({ act: 'set-secret-authorities', authorities, why, ...broken });
  }
  return { actions, wakeAt: undefined };
}

function holds(found: Bundle | undefined, wanted: Bundle): boolean {
  return found !== undefined && sameBundle(found, wanted);
}
