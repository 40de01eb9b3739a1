import type {
  AffectedDeployment,
  CvePage,
  ImageChange,
  ImageCveGroup,
  Pair,
  ThresholdPreview,
  ThresholdPreviewQuery,
} from '@pratique/hub/contract';
import type { CveDetailQuestion, CveFacts, CvePageParts } from '../cves/detail.ts';
import type { CveListQuestion } from '../cves/list.ts';
import type { DashboardQuestion, FindingFigures } from '../dashboard/figures.ts';
import type { TodayFigures, TodayQuestion } from '../dashboard/today.ts';
import type { ImageFacts, ImageQuestion, KnownImagesQuestion } from '../images/detail.ts';
import type { ImageHistoryQuestion } from '../images/history.ts';
import type { ImageListQuestion } from '../images/list.ts';
import type { SnapshotCounts } from '../findings/snapshot.ts';
import type { ExplainQuestion, Explanation } from '../visibility/explain.ts';
import type { Viewer } from '../visibility/viewer.ts';

/**
 * Everything the API asks of a snapshot. Each kind names the function that answers it; questions and
 * answers cross a thread boundary, so both are plain data.
 */
export interface Questions {
  'cve-list': { ask: CveListQuestion; answer: CvePage };
  'cve-facts': { ask: CveDetailQuestion; answer: CveFacts | null };
  /** Crosses as two texts, so that the page goes out as it came; see `askParts`. */
  'cve-page': { ask: CveDetailQuestion; answer: CvePageParts | null };
  'cve-deployments': { ask: CveDetailQuestion; answer: readonly AffectedDeployment[] };
  'image-groups': { ask: ImageListQuestion; answer: readonly ImageCveGroup[] };
  'image-page': {
    ask: ImageListQuestion;
    answer: { items: readonly ImageCveGroup[]; total: number; page: number; page_size: number };
  };
  'image-facts': { ask: ImageQuestion; answer: ImageFacts | null };
  'known-images': { ask: KnownImagesQuestion; answer: readonly string[] };
  'image-history': { ask: ImageHistoryQuestion; answer: readonly ImageChange[] };
  namespaces: { ask: { viewer: Viewer }; answer: readonly Pair[] };
  today: { ask: TodayQuestion; answer: TodayFigures };
  dashboard: { ask: DashboardQuestion; answer: FindingFigures };
  'threshold-preview': { ask: ThresholdPreviewQuery; answer: ThresholdPreview };
  explain: { ask: ExplainQuestion; answer: Explanation };
  counts: { ask: Record<string, never>; answer: SnapshotCounts };
}

export type QuestionKind = keyof Questions;

/** A question as it travels. */
export type Question = { [K in QuestionKind]: { readonly kind: K; readonly ask: Questions[K]['ask'] } }[QuestionKind];
