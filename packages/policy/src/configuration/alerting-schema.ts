/** The shape of the alerting document (1.7); see `schema.ts`. */
import Type from 'typebox';
import type { Static } from 'typebox';
import { SecretName } from './schema.ts';

const closed = { additionalProperties: false } as const;

/** One receiver of alerts (1.7). */
export const ReceiverSchema = Type.Object(
  {
    template: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
      description: 'Name of a file without .json.',
    }),
    receiverUrl: Type.Optional(Type.String({ minLength: 1, maxLength: 2048, writeOnly: true })),
    receiverUrlFrom: Type.Optional(
      Type.Object(
        {
          secretKeyRef: Type.Object(
            { name: SecretName, key: Type.String({ minLength: 1, maxLength: 253, pattern: '^[-._a-zA-Z0-9]+$' }) },
            closed,
          ),
        },
        closed,
      ),
    ),
    priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    customHeaders: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 8192, writeOnly: true }), { minItems: 1, maxItems: 50 }),
    ),
    payloadFields: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { minProperties: 1 })),
    failIfAlertSendingFails: Type.Optional(Type.Boolean()),
  },
  closed,
);

const Receivers = Type.Object({ receivers: Type.Optional(Type.Array(ReceiverSchema, { maxItems: 50 })) }, closed);

/** The whole of the alerting document (1.7). */
export const AlertingSchema = Type.Object(
  {
    clusterIdentifier: Type.Optional(Type.String({ maxLength: 253 })),
    admitRequest: Type.Optional(Receivers),
    rejectRequest: Type.Optional(Receivers),
    failClosedInDetectionMode: Type.Optional(Type.Boolean()),
  },
  closed,
);

export type ReceiverText = Static<typeof ReceiverSchema>;
