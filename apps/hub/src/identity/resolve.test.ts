import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reaches } from '../visibility/reach.ts';
import type { Claim } from './claim.ts';
import { createAuthenticate } from './resolve.ts';
import { parseSpokeKeys } from './spoke-keys.ts';

const users = {
  provision: (claim: Claim) => Promise.resolve({ email: claim.email, onboardingCompleted: false }),
  forget: () => undefined,
};
const authenticate = createAuthenticate({
  dev: null,
  people: [{ id: 'ana', name: 'Ana', email: 'a@example.com', role: 'sec_team', namespaces: '*', description: '' }],
  spoke: {
    keys: parseSpokeKeys(
      '[{"key":"key-of-east","name":"east","clusters":["east"]},{"key":"key-of-west","name":"west","clusters":["west"]}]',
    ),
    secTeamGroup: 'rhacs-sec-team',
    maxNamespaces: 5,
    userIdIncludesKeyName: false,
  },
  oidc: null,
  users,
  now: () => 0,
});

const identityName = fc.constantFrom(
  'x-api-key',
  'X-API-KEY',
  'X-Forwarded-User',
  'x-forwarded-email',
  'x-forwarded-groups',
  'X-Forwarded-Namespaces',
  'x-forwarded-namespace-emails',
  'authorization',
  'X-Dev-Person',
);
const value = fc.oneof(
  fc.constantFrom(
    'key-of-east',
    'key-of-west',
    'ada',
    '*',
    ' * ',
    'shop:east',
    'till:west',
    'shop:east,till:west',
    'rhacs-sec-team',
    'ana',
    'Bearer x',
    '',
  ),
  fc.string({ unit: 'binary' }),
);

describe('whatever headers come', () => {
  it('they are answered, never with a throw, and never reach beyond the clusters of the key', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(identityName, value), { maxLength: 9 }), async (headers) => {
        const outcome = await authenticate(headers.flat());
        if (outcome.kind === 'refused') return;
        const { caller } = outcome;
        const own = caller.keyName ?? '';
        const other = own === 'east' ? 'west' : 'east';
        expect(['east', 'west']).toContain(own);
        expect(caller.role).toBe('team_member');
        expect(caller.namespaces.every((pair) => pair.cluster_name === own)).toBe(true);
        for (const namespace of ['shop', 'till', 'any'])
          expect(reaches(caller.reach, { namespace, cluster_name: other })).toBe(false);
        if (!caller.hasAllNamespaces) expect(caller.reach).toEqual({ kind: 'pairs', pairs: caller.namespaces });
      }),
      { numRuns: 2_000 },
    );
  });

  it('an identity needs exactly one accepted key', async () => {
    const user = ['x-forwarded-user', 'ada'];
    expect((await authenticate([...user, 'x-api-key', 'key-of-east'])).kind).toBe('identified');
    expect((await authenticate([...user, 'x-api-key', 'key-of-east', 'X-Api-Key', 'key-of-west'])).kind).toBe(
      'refused',
    );
    expect((await authenticate([...user, 'x-dev-person', 'ana'])).kind).toBe('refused');
  });
});
