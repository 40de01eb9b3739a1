import { affectedDeployments, cvePage, findCve } from '../cves/detail.ts';
import { listCves } from '../cves/list.ts';
import { dashboardFigures } from '../dashboard/figures.ts';
import { todayOf } from '../dashboard/today.ts';
import type { SnapshotCounts } from '../findings/snapshot.ts';
import { findImage, knownImages } from '../images/detail.ts';
import { countImageChanges } from '../images/history.ts';
import { groupByImage, maxBareArray } from '../images/list.ts';
import { listNamespaces } from '../namespaces/list.ts';
import { previewThresholds } from '../settings/preview.ts';
import { anyState } from '../visibility/aggregate.ts';
import type { Desk } from '../visibility/desk.ts';
import { explainVisibility } from '../visibility/explain.ts';
import type { Question, QuestionKind, Questions } from './question.ts';

/** Answers a question from one snapshot. Pure but for the desk's caches. */
export function answer<K extends QuestionKind>(
  desk: Desk,
  question: { kind: K; ask: Questions[K]['ask'] },
): Questions[K]['answer'];
export function answer(desk: Desk, question: Question): unknown {
  switch (question.kind) {
    case 'cve-list':
      return listCves(desk, question.ask);
    case 'cve-facts':
      return findCve(desk, question.ask);
    case 'cve-page':
      return cvePage(desk, question.ask);
    case 'cve-deployments':
      return deploymentsOfCve(desk, question.ask);
    case 'image-groups':
      return groupByImage(desk, question.ask, { from: 0, to: maxBareArray }).items;
    case 'image-page':
      return imagePage(desk, question.ask);
    case 'image-facts':
      return findImage(desk, question.ask);
    case 'known-images':
      return knownImages(desk, question.ask);
    case 'image-history':
      return countImageChanges(desk, question.ask);
    case 'namespaces':
      return listNamespaces(desk, question.ask.viewer);
    case 'dashboard':
      return dashboardFigures(desk, question.ask);
    case 'today':
      return todayOf(desk, question.ask);
    case 'threshold-preview':
      return previewThresholds(desk, question.ask);
    case 'explain':
      return explainVisibility(desk, question.ask);
    case 'counts':
      return countSnapshot(desk);
  }
}

function deploymentsOfCve(desk: Desk, { viewer, cveId, filter }: Questions['cve-deployments']['ask']) {
  const cve = desk.lexicon.cveIndex(cveId);
  const view = { scope: desk.scope(viewer, filter), states: anyState };
  return cve === -1 ? [] : affectedDeployments(desk, { view }, cve);
}

function imagePage(desk: Desk, ask: Questions['image-page']['ask']): Questions['image-page']['answer'] {
  const page = ask.query.page ?? 1;
  const page_size = ask.query.page_size ?? 50;
  const { items, total } = groupByImage(desk, ask, { from: (page - 1) * page_size, to: page * page_size });
  return { items, total, page, page_size };
}

function countSnapshot(desk: Desk): SnapshotCounts {
  const { snapshot } = desk;
  let cves = 0;
  for (let cve = 0; cve + 1 < snapshot.cveSegmentStart.length; cve += 1) {
    cves += Number(snapshot.cveSegmentStart[cve + 1]! > snapshot.cveSegmentStart[cve]!);
  }
  return {
    clusters: snapshot.names.clusters.ends.length,
    namespaces: desk.pairNames.namespaces.length,
    deployments: snapshot.deploymentPair.length,
    images: snapshot.imageSegment.length,
    images_not_scanned: snapshot.imageSegment.filter((segment) => segment === 0).length,
    findings: snapshot.rowFact.length,
    cves,
  };
}
