/** Checks of what comes from outside, made for programs that read three documents as well as for those that read a million. */
import type { Static, TSchema } from 'typebox';
import { Check, Compile, Errors } from 'typebox/schema';

/** A check against one schema. */
export interface Shape<S extends TSchema> {
  fits(value: unknown): value is Static<S>;
  /** The first thing that is wrong with a value that does not fit. */
  flawOf(value: unknown): ShapeFlaw | undefined;
}

/** What is wrong, and where. */
export interface ShapeFlaw {
  /** JSON pointer, empty for the top. */
  readonly path: string;
  /** `must be string` */
  readonly message: string;
}

/** Compiling costs about as much as walking the schema this often. */
const walks = 24;

/**
 * A check that walks the schema at first and is compiled once it is used a lot: a command that verifies one image would spend
 * more time on compiling than on everything it checks.
 */
export function shapeOf<S extends TSchema>(schema: S): Shape<S> {
  let used = 0;
  let compiled: { readonly Check: (value: unknown) => boolean } | undefined;
  return {
    fits(value): value is Static<S> {
      used += 1;
      if (used > walks) compiled ??= Compile(schema);
      return compiled === undefined ? Check(schema, value) : compiled.Check(value);
    },
    flawOf(value) {
      const [, [first]] = Errors(schema, value);
      return first === undefined ? undefined : { path: first.instancePath, message: first.message };
    },
  };
}
