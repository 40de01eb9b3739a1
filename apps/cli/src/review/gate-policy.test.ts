import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGatePolicy } from './gate-policy.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-gate-policy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string) {
  const file = join(folder, 'policy.yaml');
  await writeFile(file, text);
  return readGatePolicy(file);
}

const config = `validators:
  - {name: allow, type: static, approve: true}
policy:
  - {pattern: "*:*", validator: allow}
`;

function within(text: string, by = '  '): string {
  return text.replaceAll(/^(?=.)/gm, by);
}

describe('the policy of a gate', () => {
  it('is the same from config.yaml, from values of the chart and from the ConfigMap', async () => {
    const plain = await read(config);
    const values = await read(`kubernetes: {}\napplication:\n  features: {detectionMode: true}\n${within(config)}`);
    const map = await read(`apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n${within(config, '    ')}`);
    expect(values.policy.hash).toBe(plain.policy.hash);
    expect(map.policy.hash).toBe(plain.policy.hash);
  });

  it('takes from the features of the chart what changes how patterns are read', async () => {
    const { policy } = await read(`application:\n  features: {patternMatching: legacy}\n${within(config)}`);
    expect(policy.patternMatching).toBe('legacy');
  });

  it('reads logins of the chart as the Secret that the chart makes of them', async () => {
    const withLogin = `application:
  validators:
    - name: notary
      type: notaryv1
      auth: {username: ann, password: hunter2}
      trustRoots: [{name: default, key: x}]
  policy: [{pattern: "*:*", validator: notary}]
`;
    const failure = await read(withLogin).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).not.toContain('auth');
    expect(String(failure)).not.toContain('hunter2');
  });

  it('names every mistake: with its line in the file, or only with its path in a part of one', async () => {
    const wrong = config.replace('pattern:', 'patern:');
    await expect(read(wrong)).rejects.toThrow(/policy\.yaml:4:\d+: policy\[0\]/);
    await expect(read(`application:\n${within(wrong)}`)).rejects.toThrow(/policy\.yaml \(application\): policy\[0\]/);
  });

  it.each(['', '[', 'a: &a [*a]', '5', `a: &a [x]\nb: [${'*a,'.repeat(150)}]`])(
    'is refused, never a crash, whatever it is (case %#)',
    async (text) => {
      await expect(read(text)).rejects.toThrow(expect.objectContaining({ code: 'policy-invalid' }));
    },
  );
});
