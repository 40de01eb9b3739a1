/** `pratique review`: manifests and images against the policy of a gate, without a cluster, with the verdict of the gate. */
import type { Command } from 'commander';
import pLimit from 'p-limit';
import { chooseFor, createValidators, askValidator, explainVerdict, verdictOf } from '@pratique/policy';
import type { Explanation, Place, Policy, Validator } from '@pratique/policy';
import { isFault } from '@pratique/runtime/fault';
import { decodeText } from '@pratique/runtime/limit';
import { cliFault, usageFault } from '../errors.ts';
import { aside, printFailure } from '../print.ts';
import { productVersion } from '../product-version.ts';
import type { Surroundings } from '../signing/surroundings.ts';
import { buildVerb } from '../signing/verb.ts';
import type { Asked } from '../signing/verb.ts';
import { readGatePolicy } from './gate-policy.ts';
import { reviewJson } from './report-json.ts';
import { reviewJunit } from './report-junit.ts';
import { reviewSarif } from './report-sarif.ts';
import { reviewText } from './report-text.ts';
import { reviewExitCode, reviewExitCodes } from './review-report.ts';
import type { ReviewedImage, ReviewReport } from './review-report.ts';
import { openReviewSurroundings } from './review-surroundings.ts';
import type { ReachFlags } from './review-surroundings.ts';
import { imagesIn, manifestLimit, readFiles } from './workload-files.ts';
import type { ImageUse, WorkloadFiles } from './workload-files.ts';

/** Flags of the verb. */
export interface ReviewFlags extends ReachFlags {
  readonly filename: readonly string[];
  readonly image: readonly string[];
  readonly policy?: string;
  readonly namespace: string;
  readonly namespaceLabel: readonly string[];
  readonly output: 'text' | 'json' | 'sarif' | 'junit';
  readonly detectionMode?: boolean;
}

/** The verb. */
export function command(): Command {
  return buildVerb<ReviewFlags>({
    name: 'review',
    summary: 'judge manifests or images by the policy of a gate, as the gate would',
    usageCode: reviewExitCodes.badInput,
    groups: [
      {
        title: 'What is judged',
        flags: [
          { name: '-f, --filename <path>', help: 'manifest, folder of manifests, or - for standard input', many: true },
          { name: '--image <reference>', help: 'an image by itself', many: true },
          {
            name: '-n, --namespace <name>',
            help: 'namespace of objects that name none, and of --image',
            initial: 'default',
          },
          {
            name: '--namespace-label <k=v>',
            help: 'label of that namespace, for rules that select by labels',
            many: true,
          },
        ],
      },
      {
        title: 'By what',
        flags: [
          { name: '--policy <file>', help: 'config.yaml of the gate, values.yaml of its chart, or its ConfigMap' },
          { name: '--trusted-root <file>', help: 'trusted_root.json, instead of the public one' },
          { name: '--detection-mode', help: 'tell refusals, and leave with 0 all the same', initial: false },
        ],
      },
      {
        title: 'Result',
        flags: [
          {
            name: '-o, --output <format>',
            help: 'text, json, sarif (code hosts), junit (pipelines)',
            initial: 'text',
            choices: ['text', 'json', 'sarif', 'junit'],
          },
        ],
      },
      {
        title: 'Registry',
        flags: [
          { name: '--allow-http-registry', help: 'allow plain http', initial: false },
          {
            name: '--allow-insecure-registry',
            help: 'do not check the TLS certificate of the registry',
            initial: false,
          },
          {
            name: '--registry-cacert <file>',
            help: 'PEM of authorities that the registry may have its certificate from',
          },
        ],
      },
    ],
    more,
    run: runVerb,
  });
}

const more = `
Examples:
  $ pratique review --policy config.yaml -f deployment.yaml
  $ pratique review --policy values.yaml -f deploy/ -o sarif --output-file review.sarif
  $ helm template shop ./chart | pratique review --policy config.yaml -f - -n shop
  $ kubectl get cm -n connaisseur connaisseur-app-config -o yaml > policy.yaml
    pratique review --policy policy.yaml --image registry.example.com/shop/web:1.4

Registries are reached with the credentials of docker and podman, not with the Secrets that validators name. What was
approved before, children of approved parents and namespaces that the webhook leaves out are a matter of the cluster:
every image is judged here.

Exit codes: 0 everything is allowed (or only warned of); 1 something is refused; 2 the command line, the policy or a
manifest is wrong; 3 something could not be looked at (registry, key, trust), and nothing is refused; 70 a defect.`;

/** Runs the verb; what was handed in wrong leaves with a code of its own. */
async function runVerb(asked: Asked<ReviewFlags>, surroundings: Surroundings): Promise<number> {
  try {
    return await runReview(asked, surroundings);
  } catch (error) {
    // Everything that is not a verdict by now is about the command line, the policy or a manifest.
    if (!isFault(error)) throw error;
    printFailure(error, { asJson: asked.flags.output === 'json' });
    return reviewExitCodes.badInput;
  }
}

/**
 * Judges, prints, and says how it went.
 *
 * @throws Fault of everything that is wrong with what was handed in
 */
export async function runReview({ flags }: Asked<ReviewFlags>, surroundings: Surroundings): Promise<number> {
  const report = await review(flags, surroundings);
  surroundings.out(rendered(report, flags.output));
  return reviewExitCode(report);
}

function rendered(report: ReviewReport, output: ReviewFlags['output']): string {
  switch (output) {
    case 'text':
      return reviewText(report);
    case 'json':
      return reviewJson(report);
    case 'sarif':
      return reviewSarif(report, productVersion);
    case 'junit':
      return reviewJunit(report);
  }
}

async function review(flags: ReviewFlags, surroundings: Surroundings): Promise<ReviewReport> {
  if (flags.policy === undefined) {
    throw usageFault(
      'No policy is named.',
      'Give --policy with config.yaml, values.yaml or the ConfigMap of the gate.',
    );
  }
  if (flags.filename.length + flags.image.length === 0) {
    throw usageFault('There is nothing to judge.', 'Give manifests with -f, or images with --image.');
  }
  const { policy, warnings } = await readGatePolicy(flags.policy);
  if (warnings !== '') surroundings.say(aside.quiet(warnings.trimEnd()));
  const files = imagesIn(await readFiles(flags.filename, () => standardInput(surroundings)), flags.namespace);
  const uses = [...files.uses, ...flags.image.map((image) => ({ image, namespace: flags.namespace }))];
  if (uses.length === 0) throw nothingFound(files);
  const { surroundings: reach, close } = await openReviewSurroundings(policy, flags, surroundings);
  try {
    const judge = { policy, validators: createValidators(policy, reach), surroundings };
    return {
      policyFile: flags.policy,
      policyHash: policy.hash,
      detectionMode: flags.detectionMode === true,
      images: await judgeUses(uses, { ...judge, labels: labelsFor(flags, files) }),
      otherKinds: files.otherKinds,
    };
  } finally {
    await close();
  }
}

async function standardInput({ input }: Surroundings): Promise<string> {
  return decodeText(await input.rest(manifestLimit), 'standard input');
}

interface Judge {
  readonly policy: Policy;
  readonly validators: ReadonlyMap<string, Validator>;
  readonly surroundings: Surroundings;
  readonly labels: (namespace: string) => Readonly<Record<string, string>> | undefined;
}

// As many as the gate judges of one request.
const atOnce = 16;

/** Judges each image of each namespace once, in the order of the files. */
async function judgeUses(uses: readonly ImageUse[], judge: Judge): Promise<readonly ReviewedImage[]> {
  const limit = pLimit(atOnce);
  const groups = Map.groupBy(uses, ({ image, namespace }) => JSON.stringify([namespace, image]));
  return Promise.all(
    [...groups.values()].map((same) =>
      limit(async (): Promise<ReviewedImage> => {
        const [{ image, namespace } = { image: '', namespace: '' }] = same;
        const places = same.flatMap(({ place }) => (place === undefined ? [] : [place]));
        return { namespace, places, explanation: await judged(image, namespace, judge) };
      }),
    ),
  );
}

async function judged(image: string, namespace: string, judge: Judge): Promise<Explanation> {
  const { policy, validators, surroundings } = judge;
  const namespaceLabels = judge.labels(namespace);
  const place: Place = { namespace, ...(namespaceLabels === undefined ? {} : { namespaceLabels }) };
  const choice = chooseFor(policy, image, place);
  if (choice.state === 'refused') return explainVerdict(choice.verdict, choice.rules);
  const answer = await askValidator(choice, { validators, now: surroundings.now(), signal: surroundings.signal });
  return explainVerdict(verdictOf(choice, answer, policy), choice.rules);
}

/** Labels of a namespace: those of its object in the files, and for the namespace of the flags those of the flags. */
function labelsFor(
  { namespace: asked, namespaceLabel }: ReviewFlags,
  { namespaceLabels }: WorkloadFiles,
): Judge['labels'] {
  const given = Object.fromEntries(namespaceLabel.map(labelOf));
  return (namespace) => {
    const own = namespaceLabels.get(namespace);
    const isGiven = namespace === asked && namespaceLabel.length > 0;
    // Without either nobody knows them, which is not the same as none.
    if (own === undefined && !isGiven) return undefined;
    return { 'kubernetes.io/metadata.name': namespace, ...own, ...(isGiven ? given : {}) };
  };
}

function labelOf(text: string): readonly [string, string] {
  const [, name, value] = /^([^=\s]+)=(.*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw usageFault(`--namespace-label ${text.slice(0, 80)} is not of the form name=value.`, 'Write it as team=shop.');
}

function nothingFound({ otherKinds }: WorkloadFiles): Error {
  const kinds = [...otherKinds.keys()].join(', ');
  return cliFault({
    code: 'no-images-found',
    message: `Not one image was found, so nothing was judged${kinds === '' ? '' : ` (found: ${kinds})`}.`,
    hint: 'Check that the right files are named; the gate looks at Pods and at what makes Pods.',
  });
}
