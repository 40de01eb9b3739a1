import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSameAnswers, expectSameList } from './compare-with-naive-fixture.ts';
import { wholeView } from './aggregate.ts';
import { Desk } from './desk.ts';
import { specified, type Asked, type Definition, type Identity } from './naive-oracle-fixture.ts';
import { smallFilter, smallImageQuery, smallListQuery, smallViewer, smallWorkflow } from './small-asks-fixture.ts';
import { smallWorld, worldNow } from './small-world-fixture.ts';
import { snapshotOfWorld } from './small-world-snapshot-fixture.ts';

const case_ = fc.record({
  world: smallWorld,
  isWholeKnown: fc.boolean(),
  identity: fc.constantFrom<Identity>('v1', 'v2'),
  workflow: smallWorkflow({ plain: false }),
  viewers: fc.array(smallViewer, { minLength: 1, maxLength: 2 }),
  lists: fc.array(smallListQuery, { minLength: 1, maxLength: 3 }),
  images: smallImageQuery,
  filter: smallFilter,
});

describe('what a person sees', () => {
  it('is what the specification says, for any world, workflow, person and question', { timeout: 120_000 }, () => {
    const property = fc.property(
      case_,
      ({ world, isWholeKnown, identity, workflow, viewers, lists, images, filter }) => {
        const snapshot = snapshotOfWorld(world, identity);
        const desk = new Desk(snapshot, isWholeKnown ? wholeView(snapshot) : null);
        for (const viewer of viewers) {
          const asked: Asked = { world, identity, workflow, viewer, now: worldNow };
          expectSameAnswers(desk, asked, { list: lists[0]!, images, filter });
          lists.slice(1).forEach((list) => expectSameList(desk, asked, list));
        }
      },
    );
    expect(() => fc.assert(property, { numRuns: 2000 })).not.toThrow();
  });
});

describe('what one desk answers again and again', () => {
  it('is as old as the question, not as the first question of the day', { timeout: 120_000 }, () => {
    const property = fc.property(case_, ({ world, identity, workflow, viewers, lists, images, filter }) => {
      const desk = new Desk(snapshotOfWorld(world, identity));
      const list = { ...lists[0]!, age_max: 7 };
      for (const now of [worldNow, worldNow + 11 * 3600, worldNow + 20 * 3600]) {
        expectSameAnswers(desk, { world, identity, workflow, viewer: viewers[0]!, now }, { list, images, filter });
      }
    });
    expect(() => fc.assert(property, { numRuns: 150 })).not.toThrow();
  });

  it('is what this person sees, whoever asked before', { timeout: 120_000 }, () => {
    const property = fc.property(
      case_,
      fc.array(smallViewer, { minLength: 4, maxLength: 6 }),
      ({ world, identity, workflow, lists, images, filter }, viewers) => {
        const desk = new Desk(snapshotOfWorld(world, identity));
        const questions = { list: lists[0]!, images, filter };
        for (const viewer of viewers) {
          for (const userId of ['me', 'somebody']) {
            expectSameAnswers(
              desk,
              { world, identity, workflow, viewer: { ...viewer, userId }, now: worldNow },
              questions,
            );
          }
        }
      },
    );
    expect(() => fc.assert(property, { numRuns: 150 })).not.toThrow();
  });
});

describe('the comparison itself', () => {
  it.each<[string, Partial<Definition>]>([
    ['thresholds of which one suffices', { reachesBoth: (cvss, epss) => cvss || epss }],
    ['suppression by a single occurrence', { isSuppressed: (covered) => covered > 0 }],
    ['nothing held that means everything', { emptyMeansAll: true }],
  ])('notices %s', { timeout: 60_000 }, (_name, error) => {
    const definition = { ...specified, ...error };
    const outcome = fc.check(
      fc.property(case_, ({ world, identity, workflow, viewers, lists }) => {
        const desk = new Desk(snapshotOfWorld(world, identity));
        desk.useWorkflow(workflow);
        expectSameList(desk, { world, identity, workflow, viewer: viewers[0]!, now: worldNow, definition }, lists[0]!);
      }),
      { numRuns: 2000, seed: 7, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  });
});
