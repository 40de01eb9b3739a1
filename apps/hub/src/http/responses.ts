import type { FastifyInstance } from 'fastify';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';

/**
 * How answers become JSON. Handlers are typed by the contract already, so in production nothing is looked at twice;
 * with `check`, every success is compared with its schema and a difference fails the request. Tests run with it.
 */
export function serializeResponses(app: FastifyInstance, options: { readonly check: boolean }): void {
  app.setSerializerCompiler(({ schema, httpStatus, method, url }) => {
    if (!options.check || httpStatus?.startsWith('2') !== true) return (data) => JSON.stringify(data);
    const contract = Compile(schema as TSchema);
    return (data) => {
      const text = JSON.stringify(data);
      const parsed: unknown = JSON.parse(text);
      if (contract.Check(parsed)) return text;
      const first = contract.Errors(parsed)[0];
      throw new Error(
        `${method} ${url} answers against its contract at ${first?.instancePath ?? ''}: ${first?.message ?? 'no reason'}`,
      );
    };
  });
}
