/** What a registry said in the body of an error: distribution-spec "Error Codes", and what others send instead. */
import Type, { type Static } from 'typebox';
import { excerpt } from '@pratique/runtime/fault';
import { shapeOf } from '../shape.ts';

const WireErrors = Type.Object({
  errors: Type.Array(
    Type.Object({
      code: Type.Optional(Type.Unknown()),
      message: Type.Optional(Type.Unknown()),
      detail: Type.Optional(Type.Unknown()),
    }),
    { maxItems: 1_000 },
  ),
});

const shape = shapeOf(WireErrors);

/** One entry of an error body. */
export interface WireError {
  /** `DENIED`, `MANIFEST_UNKNOWN`; empty when absent. */
  readonly code: string;
  readonly message: string;
  readonly detail: unknown;
}

/** An error body as far as it could be understood. */
export interface WireBody {
  readonly errors: readonly WireError[];
  /** `registry` is an answer of the protocol, `html` a page of something else, `text` the rest. */
  readonly kind: 'registry' | 'html' | 'text' | 'empty';
  /** The beginning of the body, safe to show. */
  readonly text: string;
}

/** Reads an error body; never throws, for the status alone must be enough. */
export function readWireBody(bytes: Uint8Array): WireBody {
  const text = Buffer.from(bytes).toString('utf8').trim();
  if (text === '') return { errors: [], kind: 'empty', text: '' };
  const shown = excerpt(text, 160);
  const parsed = tryJson(text);
  if (shape.fits(parsed)) return { errors: parsed.errors.map(readError), kind: 'registry', text: shown };
  return { errors: [], kind: /^<(?:!doctype|html|\?xml|head)/i.test(text) ? 'html' : 'text', text: shown };
}

/** The first code the registry gave, upper case. */
export function firstCode(body: WireBody): string | undefined {
  const code = body.errors[0]?.code;
  return code === undefined || code === '' ? undefined : code;
}

/** What the registry said, in one line: `DENIED: requested access is denied`. */
export function wireWords(body: WireBody): string {
  const [first] = body.errors;
  if (first === undefined) return body.kind === 'html' ? 'a web page instead of an answer of a registry' : body.text;
  return excerpt([first.code, first.message].filter((part) => part !== '').join(': '), 200);
}

function readError(from: Static<typeof WireErrors>['errors'][number]): WireError {
  return {
    code: typeof from.code === 'string' ? from.code.toUpperCase().slice(0, 100) : '',
    message: typeof from.message === 'string' ? from.message : '',
    detail: from.detail,
  };
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
