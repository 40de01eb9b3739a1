import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, pushImage } from '../images/build-image.ts';
import { needsPeer } from '../peers/peers.ts';
import { makers, verifiers } from './makers.ts';
import type { Maker } from './makers.ts';
import { makeKeys, openWorkshop } from './tools.ts';
import type { RegistryKind, Workshop } from './tools.ts';

const peers = (['cosign-2', 'cosign-3', 'skopeo', 'docker-registry'] as const).map((name) => needsPeer(name));
const allThere = peers.every(({ path }) => path !== undefined);
const kinds: readonly RegistryKind[] = ['with the referrers API', 'without it'];
const cells = new Map<string, string>();

/** The cell of the printed matrix. */
function note(row: string, column: string, accepted: boolean): void {
  cells.set(`${row}\n${column}`, accepted ? 'accepts' : '-');
}

describe.runIf(allThere)('signatures of every generation', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await openWorkshop();
    await makeKeys(workshop);
  });
  afterAll(async () => {
    await workshop[Symbol.asyncDispose]();
    printMatrix();
  });

  async function signedBy(maker: Maker, kind: RegistryKind) {
    const registry = workshop.registries[kind];
    const repository = `signed/${maker.name.replaceAll(/[^a-z0-9]+/g, '-')}`;
    await pushImage(workshop.store(registry, repository), await buildImage({ layers: [{ maker: maker.name }] }), '1');
    const signing = { workshop, reference: `${registry}/${repository}:1`, key: maker.key };
    const { code, stderr } = await maker.sign(signing);
    expect(code, stderr).toBe(0);
    return signing;
  }

  for (const maker of makers) {
    it.each(kinds)(
      `made by ${maker.name} are accepted by those who read that format, in a registry %s`,
      async (kind) => {
        const signing = await signedBy(maker, kind);
        for (const { name, accepts } of verifiers) {
          const { accepted, said } = await accepts(signing);
          note(`${maker.name}, ${kind}`, name, accepted);
          expect(accepted, `${name} on what ${maker.name} signed: ${said}`).toBe(maker.acceptedBy.includes(name));
          const wrong = await accepts({ ...signing, key: 'other' });
          expect(wrong.accepted, `${name} accepted another key`).toBe(false);
        }
      },
    );
  }
});

function printMatrix(): void {
  const rows = [...new Set([...cells.keys()].map((cell) => cell.split('\n')[0]!))];
  const width = Math.max(...rows.map((row) => row.length), 'signed by'.length);
  const columns = verifiers.map(({ name }) => name);
  const line = (row: string, of: (column: string) => string) =>
    `  ${row.padEnd(width)}  ${columns.map((column) => of(column).padEnd(10)).join('')}\n`;
  process.stdout.write(
    line('signed by', (column) => column) +
      rows.map((row) => line(row, (column) => cells.get(`${row}\n${column}`) ?? '')).join(''),
  );
}
