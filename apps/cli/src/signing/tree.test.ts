import { describe, expect, it } from 'vitest';
import { treeLines } from './tree.ts';

describe('the lines of a tree', () => {
  it('hold no orders for a terminal, whatever was pushed', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const orders = 'https://example.com/\u001b[2J\u009b1A\u202everified';
    const lines = treeLines('registry.example.com/app', [
      {
        kind: 'referrer',
        location: 'registry.example.com/app@sha256:…',
        digest,
        predicateType: orders,
        layers: [{ mediaType: 'text/plain', digest, predicateType: orders }],
      },
      { kind: 'referrer', location: 'registry.example.com/app@sha256:…', digest, artifactType: orders, layers: [] },
    ]);
    for (const order of ['\u001b[2J', '\u009b', '\u202e']) expect(lines.join('\n')).not.toContain(order);
    expect(lines.join('\n')).toContain('\\u001b[2J');
  });
});
