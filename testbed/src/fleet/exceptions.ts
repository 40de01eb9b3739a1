import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { columnList } from './copy.ts';
import type { Cell, TableRows } from './copy.ts';
import type { ImagePlan } from './images.ts';

/** A decision that people made in Central: `vulnerability_requests`. */
interface ExceptionPlan {
  readonly name: string;
  /** 1 deferred, 2 false positive. */
  readonly target: 1 | 2;
  /** 0 pending, 1 approved, 2 denied, 3 approved with an update pending. */
  readonly status: 0 | 1 | 2 | 3;
  readonly expired: boolean;
  /** Remote of the image it is about; all images when left out. */
  readonly remote?: string;
  readonly cves: readonly string[];
  readonly daysAgo: number;
  readonly expiresInDays?: number;
  readonly comment: string;
}

const plans: readonly ExceptionPlan[] = [
  {
    ...{ name: 'DEMO-000101-1', target: 1, status: 1, expired: false, daysAgo: 40, expiresInDays: 80 },
    cves: ['CVE-2010-4756', 'CVE-2018-20796', 'CVE-2019-1010023'],
    comment: 'Upstream does not treat these as vulnerabilities. Look again next quarter.',
  },
  {
    ...{ name: 'DEMO-000101-2', target: 2, status: 1, expired: false, daysAgo: 33 },
    cves: ['CVE-2019-1010022'],
    comment: 'Needs another flaw to begin with.',
  },
  {
    ...{ name: 'DEMO-000102-1', target: 1, status: 1, expired: false, daysAgo: 12, expiresInDays: 18 },
    remote: 'mesh/sidecar-proxy',
    cves: ['CVE-2023-44487'],
    comment: 'The proxy limits streams per connection until the rebuilt image is out.',
  },
  {
    ...{ name: 'DEMO-000102-2', target: 2, status: 3, expired: false, daysAgo: 9 },
    cves: ['CVE-2019-9192'],
    comment: 'Only with patterns from a stranger, which no program of ours takes.',
  },
  {
    ...{ name: 'DEMO-000103-1', target: 1, status: 0, expired: false, daysAgo: 1, expiresInDays: 30 },
    cves: ['CVE-2023-38545'],
    comment: 'We use no SOCKS proxy.',
  },
  {
    ...{ name: 'DEMO-000103-2', target: 1, status: 2, expired: false, daysAgo: 21, expiresInDays: 30 },
    cves: ['CVE-2021-44228'],
    comment: 'Release freeze.',
  },
  {
    ...{ name: 'DEMO-000104-1', target: 1, status: 1, expired: true, daysAgo: 120, expiresInDays: -30 },
    cves: ['CVE-2014-6271'],
    comment: 'Until the base image is replaced.',
  },
];

/** The state of a CVE in an image after all decisions in force: 0 observed, 1 deferred, 2 false positive. */
export function stateOf(image: ImagePlan, cve: string): 0 | 1 | 2 {
  const deciding = plans.find(
    (plan) =>
      (plan.status === 1 || plan.status === 3) &&
      !plan.expired &&
      plan.cves.includes(cve) &&
      (plan.remote === undefined || plan.remote === image.remote),
  );
  return deciding?.target ?? 0;
}

const requester = { id: 'sso:demo:alice', name: 'alice' } as const;
const approver = { id: 'sso:demo:sofia', name: 'sofia' } as const;

/** Rows of the requests, who approved them and who commented. */
export function exceptionTables(now: Date): readonly TableRows[] {
  const decided = plans.filter((plan) => plan.status !== 0);
  return [
    { table: 'vulnerability_requests', columns: requestColumns, rows: plans.map((plan) => requestRow(plan, now)) },
    {
      table: 'vulnerability_requests_approvers_v2',
      columns: ['vulnerability_requests_id', 'idx', 'id', 'name'],
      rows: decided.map((plan) => [idOf(plan), 0, approver.id, approver.name]),
    },
    {
      table: 'vulnerability_requests_comments',
      columns: ['vulnerability_requests_id', 'idx', 'user_name'],
      rows: plans.map((plan) => [idOf(plan), 0, requester.name]),
    },
  ];
}

const requestColumns = columnList(`
  id name targetstate status expired requestor_name createdat lastupdated scope_imagescope_registry
  scope_imagescope_remote scope_imagescope_tag requesterv2_id requesterv2_name
  deferralreq_expiry_expireson deferralreq_expiry_expireswhenfixed deferralreq_expiry_expirytype
  cves_cves serialized`);

function requestRow(plan: ExceptionPlan, now: Date): readonly Cell[] {
  const created = daysFrom(now, -plan.daysAgo);
  const scope = plan.remote === undefined ? ['.*', '.*', '.*'] : ['registry.example.com', plan.remote, '.*'];
  return [
    ...[idOf(plan), plan.name, plan.target, plan.status, plan.expired, requester.name],
    ...[created, plan.status === 0 ? created : daysFrom(created, 1), ...scope, requester.id, requester.name],
    ...[
      plan.expiresInDays === undefined ? null : daysFrom(now, plan.expiresInDays),
      false,
      0,
      plan.cves,
      encodeComment(plan, created),
    ],
  ];
}

function idOf(plan: ExceptionPlan): string {
  return `exception-${plan.name.toLowerCase()}`;
}

function daysFrom(start: Date, days: number): Date {
  return new Date(start.getTime() + days * 86_400_000);
}

/** VulnerabilityRequest, field 9: comments with id, message, user, created_at. */
function encodeComment(plan: ExceptionPlan, created: Date): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(9, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(`${idOf(plan)}-1`);
  writer.tag(2, WireType.LengthDelimited).string(plan.comment);
  writer.tag(3, WireType.LengthDelimited).fork();
  writer
    .tag(1, WireType.LengthDelimited)
    .string(requester.id)
    .tag(2, WireType.LengthDelimited)
    .string(requester.name)
    .join();
  writer.tag(4, WireType.LengthDelimited).fork();
  writer
    .tag(1, WireType.Varint)
    .int64(Math.floor(created.getTime() / 1000))
    .join();
  return writer.join().finish();
}
