/** An answer of a validator as text and back. What comes from a cache server is from outside: read by a schema, or not at all. */
import type { ValidatorAnswer } from '@pratique/policy';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const Finding = Type.Object({ text: Type.String(), location: Type.Optional(Type.String()) });
const shared = { found: Type.Array(Finding, { maxItems: 256 }), warnings: Type.Array(Type.String(), { maxItems: 64 }) };
const Answer = Type.Union([
  Type.Object({
    outcome: Type.Literal('accepted'),
    digest: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$' })),
    ...shared,
  }),
  Type.Object({
    outcome: Type.Literal('refused'),
    class: Type.String({ pattern: '^[a-z0-9_]{1,32}$' }),
    detail: Type.String(),
    wanted: Type.String(),
    nextStep: Type.String(),
    ...shared,
  }),
]);
/** CAC-2: `digest` and `error` stand at the top, exactly one of them not empty; the whole answer beside them. */
const Kept = Type.Object({ digest: Type.String(), error: Type.String(), at: Type.String(), answer: Answer });
type Kept = Static<typeof Kept>;
const kept = Compile(Kept);

/** An answer and when it was reached. */
export interface KeptAnswer {
  readonly answer: ValidatorAnswer;
  readonly at: Date;
}

/** The text that is kept. */
export function writeAnswer({ answer, at }: KeptAnswer): string {
  const digest = answer.outcome === 'accepted' ? (answer.digest ?? '') : '';
  const error = answer.outcome === 'refused' ? answer.detail : '';
  return JSON.stringify({ digest, error, at: at.toISOString(), answer } satisfies Record<keyof Kept, unknown>);
}

/** The answer in a kept text, or undefined where it is none: then it is as if nothing had been kept. */
export function readAnswer(text: string): KeptAnswer | undefined {
  const value = parse(text);
  if (!kept.Check(value)) return undefined;
  const at = new Date(value.at);
  if ((value.digest === '') === (value.error === '') || Number.isNaN(at.getTime())) return undefined;
  return { answer: value.answer as ValidatorAnswer, at };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
