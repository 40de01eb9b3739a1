import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { certificateProblems } from './certificates.ts';
import type { CertificateProblem } from './certificates.ts';
import { Problems } from './problems.ts';
import { WriteRate } from './write-rate.ts';

describe('problems of certificates', () => {
  it('all stand in the documentation, and no others', () => {
    const page = readFileSync(new URL('../../../../docs/gate-certificates.md', import.meta.url), 'utf8');
    const documented = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(new Set(documented)).toEqual(new Set(certificateProblems));
  });

  it('are said once when they come and once when they go, the most severe first', () => {
    const lines: string[] = [];
    const problems = new Problems({
      warn: (_fields, message) => void lines.push(`warn ${message}`),
      info: (_fields, message) => void lines.push(`info ${message}`),
    });
    problems.set('a', [problem('cluster-away', 'medium')]);
    problems.set('a', [problem('cluster-away', 'medium')]);
    problems.set('b', [problem('certificate-refused', 'high'), problem('cluster-away', 'medium')]);
    expect(problems.current().map(({ code }) => code)).toEqual(['certificate-refused', 'cluster-away']);
    problems.set('a', []);
    problems.set('b', []);
    expect(problems.current()).toEqual([]);
    expect(lines.filter((line) => line === 'warn certificates: why cluster-away')).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('info'))).toHaveLength(3);
  });

  it('tell when somebody keeps undoing what is written, and then it is done slower, within the five seconds', () => {
    const rate = new WriteRate();
    for (let count = 0; count <= 20; count += 1) {
      expect(rate.judge(count, 3_000)).toEqual({ problems: [], until: count });
      rate.note(count);
    }
    expect(rate.judge(21, 3_000)).toMatchObject({ problems: [{ code: 'contested' }], until: 3_020 });
    expect(rate.judge(60_021, 3_000)).toEqual({ problems: [], until: 60_021 });
  });
});

function problem(code: CertificateProblem['code'], severity: CertificateProblem['severity']): CertificateProblem {
  return { code, severity, cause: `why ${code}`, fix: 'what to do' };
}
