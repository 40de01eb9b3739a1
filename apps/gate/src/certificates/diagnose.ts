/** What is wrong, with cause and next step, from what was read. Every replica says it for itself. Pure. */
import { namesAll, renewAt } from '@pratique/tls';
import { rulesAnnotation } from './annotations.ts';
import type { CertificateProblem, CertificateProblemCode } from './certificates.ts';
import { ownsCertificate } from './plan.ts';
import type { CertificateState, SecretReading, WebhookReading } from './state.ts';
import { authoritiesOfSomebody, isVouchedFor, judge, ownEntries } from './trust.ts';

/** How objects are called in what is said. */
export interface ProblemNames {
  readonly secret: string;
  readonly authoritySecret: string;
  readonly namespace: string;
}

/** Clocks may differ by this much before it is said: an hour is what certificates of the gate forgive. */
const skewMs = 5 * 60_000;

/** Everything that is wrong now. What was not read yet is not judged. */
export function diagnose(state: CertificateState, names: ProblemNames, now: number): readonly CertificateProblem[] {
  return [
    ...servedProblems(state, now),
    ...secretProblems(state, names, now),
    ...authorityProblems(state.authority, names, now),
    ...state.webhooks.flatMap((webhook) => webhookProblems(webhook, state)),
    ...trustProblems(state, names, now),
  ];
}

function servedProblems(state: CertificateState, now: number): readonly CertificateProblem[] {
  const { own, callersName } = state;
  if (own.standIn) return standInProblems(state);
  const check = judge(own.chain, own.authorities, { callersName, now });
  if (check.outcome === 'not-yet-valid') {
    const ahead = check.certificate.validFromDate.getTime() - now;
    if (ahead < skewMs) return [];
    const cause = `The served certificate begins ${check.certificate.validFromDate.toISOString()}, which is in the future by the clock of this replica.`;
    return [
      problem(
        'clock-skew',
        'medium',
        cause,
        'Set the clocks of the nodes by NTP: compare `date -u` on the nodes of the replicas.',
      ),
    ];
  }
  if (check.outcome === 'ok' || check.outcome === 'untrusted') return [];
  return [problem('certificate-refused', 'high', `Callers refuse the served certificate: ${check.text}.`, refusedFix)];
}

function standInProblems(state: CertificateState): readonly CertificateProblem[] {
  const { secret } = state;
  // What is usable is served within this round; what is somebody else's is judged beside.
  if (secret.state === 'unread' || secret.state === 'usable' || !ownsCertificate(state)) return [];
  const why = secret.state === 'unusable' ? secret.why : 'No certificate is there yet.';
  const cause = `${why} A stand-in is served, which no caller trusts.`;
  const fix =
    'It is made within seconds by the replica that holds the Lease; if it stays away, the other problems and its log say why.';
  return [problem('certificate-missing', 'high', cause, fix)];
}

const refusedFix =
  'If the gate issues it, delete the Secret and it is made anew; otherwise put one there that is valid and names the Service.';

function secretProblems(
  state: CertificateState,
  { secret: name, namespace }: ProblemNames,
  now: number,
): readonly CertificateProblem[] {
  const { secret, mode } = state;
  const where = `Secret ${name} in namespace ${namespace}`;
  if (secret.state === 'missing' && mode !== 'auto') {
    const fix =
      mode === 'certManager'
        ? 'Look at it: kubectl get certificate,certificaterequest'
        : `Create it: kubectl -n ${namespace} create secret tls ${name} --cert=tls.crt --key=tls.key`;
    return [problem('certificate-missing', state.own.standIn ? 'high' : 'medium', `${where} is not there.`, fix)];
  }
  if (secret.state === 'unusable' && !(ownsCertificate(state) && secret.owner === 'gate')) {
    return [problem('certificate-unusable', state.own.standIn ? 'high' : 'medium', secret.why, secret.fix)];
  }
  if (secret.state !== 'usable' || ownsCertificate(state)) return [];
  return foreignProblems(state, secret, { where, now });
}

function foreignProblems(
  state: CertificateState,
  secret: Extract<SecretReading, { state: 'usable' }>,
  { where, now }: { readonly where: string; readonly now: number },
): readonly CertificateProblem[] {
  const found: CertificateProblem[] = [];
  const { leaf } = secret.pair;
  if (state.mode === 'auto') {
    found.push(
      problem(
        'certificate-foreign',
        'low',
        `The certificate in ${where} was not issued by the gate; it is used and never overwritten.`,
        'Nothing, if it is meant so: set tls.mode to provided. To let the gate own it, delete the Secret.',
      ),
    );
  }
  if (leaf.validToDate.getTime() > now && renewAt(leaf) + skewMs < now && state.mode !== 'certManager') {
    found.push(
      problem(
        'certificate-expiring',
        'medium',
        `The certificate in ${where} is good until ${leaf.validToDate.toISOString()} and is not the gate's to renew.`,
        'Put a newer one into the Secret; it is taken without a restart.',
      ),
    );
  }
  if (!namesAll(leaf, [state.callersName])) {
    found.push(
      problem(
        'certificate-refused',
        'high',
        `The certificate in ${where} does not name ${state.callersName}.`,
        `Have it made with the alternative name DNS:${state.callersName}.`,
      ),
    );
  }
  if (authoritiesOfSomebody(secret, now) === undefined && isVouchedFor(secret.pair.chain, state, now) !== true) {
    const flaw = secret.authoritiesFlaw === undefined ? '' : ` (${secret.authoritiesFlaw})`;
    found.push(
      problem(
        'authority-unknown',
        'high',
        `Nothing in ${where} vouches for its certificate${flaw}, so the caBundle is not known.`,
        'Put the certificate of its issuer into ca.crt of the Secret.',
      ),
    );
  }
  return found;
}

function authorityProblems(
  authority: SecretReading,
  { authoritySecret, namespace }: ProblemNames,
  now: number,
): readonly CertificateProblem[] {
  const where = `Secret ${authoritySecret} in namespace ${namespace}`;
  if (authority.state === 'unusable' && authority.owner === 'somebody') {
    return [
      problem(
        'certificate-unusable',
        'medium',
        `The authority cannot be used: ${authority.why}`,
        `${authority.fix} Or delete ${where}, and one is made.`,
      ),
    ];
  }
  if (authority.state !== 'usable' || authority.owner === 'gate') return [];
  const { leaf } = authority.pair;
  if (!leaf.ca)
    return [
      problem(
        'certificate-unusable',
        'medium',
        `What ${where} holds is not an authority.`,
        'Put one there with CA:TRUE, or delete the Secret, and one is made.',
      ),
    ];
  if (renewAt(leaf) > now) {
    const cause = `The authority in ${where} was not made by the gate; everything it signs is trusted.`;
    const fix =
      'Nothing, if it is meant so. Otherwise delete the Secret, and one is made; both are trusted in between.';
    return [problem('certificate-foreign', 'low', cause, fix)];
  }
  return [
    problem(
      'certificate-expiring',
      'medium',
      `The authority in ${where} is good until ${leaf.validToDate.toISOString()} and is not the gate's to replace.`,
      'Put a newer one there; what it signed before stays trusted until every replica has the new certificate.',
    ),
  ];
}

function webhookProblems(
  webhook: WebhookReading,
  { callersName, own }: CertificateState,
): readonly CertificateProblem[] {
  const { kind, name } = webhook.ref;
  if (webhook.state === 'missing' && kind === 'MutatingWebhookConfiguration') {
    return [
      problem(
        'webhook-missing',
        'high',
        `${kind} ${name} is not there: nothing is checked.`,
        'Install the chart again: helm upgrade --install.',
      ),
    ];
  }
  if (webhook.state !== 'there') return [];
  if (webhook.entries.length === 0) {
    return [
      problem(
        'webhook-missing',
        'high',
        `${kind} ${name} has no webhook named ${callersName}: nothing is checked.`,
        'Install the chart again, with the Service and namespace it runs in.',
      ),
    ];
  }
  const found: CertificateProblem[] = [];
  if (webhook.wanted.state === 'unknown') {
    const cause = `The annotation ${rulesAnnotation} of ${kind} ${name} does not say what to check: ${webhook.wanted.why}.`;
    found.push(problem('webhook-rules-unknown', 'high', cause, 'Install the chart again; it writes the annotation.'));
  }
  if (webhook.entries.some((entry) => entry.rules.length === 0)) {
    const reason = own.standIn
      ? 'there is no certificate yet'
      : 'it is switched on when a replica is ready, its certificate is trusted and the Service answers';
    found.push(
      problem(
        'webhook-inactive',
        'high',
        `${kind} ${name} has no rules, so nothing is checked: ${reason}.`,
        'Usually over within a minute; the other problems say what it waits for.',
      ),
    );
  }
  return found;
}

function trustProblems(state: CertificateState, { secret }: ProblemNames, now: number): readonly CertificateProblem[] {
  const { own, callersName, mode } = state;
  if (own.standIn || isVouchedFor(own.chain, state, now) !== false) return [];
  const found = ownEntries(state.webhooks).flatMap((entry) => {
    const check = judge(own.chain, entry.authorities, { callersName, now });
    return check.outcome === 'ok'
      ? []
      : [entry.flaw ?? `The caBundle of webhook ${entry.name} does not vouch for what is served: ${check.text}.`];
  });
  const fix =
    mode === 'certManager'
      ? 'The injector of cert-manager writes it: look at the annotation cert-manager.io/inject-ca-from and at the log of cainjector.'
      : `The holder of the Lease writes it within seconds. By hand it is the value of: kubectl get secret ${secret} -o jsonpath='{.data.ca\\.crt}'`;
  return [problem('ca-bundle-mismatch', 'high', found.join(' '), fix)];
}

function problem(
  code: CertificateProblemCode,
  severity: CertificateProblem['severity'],
  cause: string,
  fix: string,
): CertificateProblem {
  return { code, severity, cause, fix };
}
