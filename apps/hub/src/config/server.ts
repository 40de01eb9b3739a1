import { boolean, integer, list, oneOf, optional, port, secret, text, url } from '@pratique/runtime/config';
import { logLevels } from '@pratique/runtime/log';

/** Where the hub listens, what it says, and where its console is. */
export const serverSettings = {
  port: { variable: 'PORT', type: port(), default: 8000, doc: 'Port of the API and the console.' },
  host: { variable: 'HOST', type: text(), default: '0.0.0.0', doc: 'Address to listen on.' },
  metricsPort: {
    variable: 'METRICS_PORT',
    type: optional(port()),
    doc: 'Port of `/metrics`; not set: no metrics are served.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    type: oneOf([...logLevels, 'warning', 'critical']),
    default: 'info' as const,
    doc: 'The least severe entries that are logged.',
  },
  logFormat: {
    variable: 'LOG_FORMAT',
    type: oneOf(['json', 'pretty']),
    default: 'json' as const,
    doc: 'One JSON object per line, or lines for people.',
  },
  apiDocsEnabled: {
    variable: 'API_DOCS_ENABLED',
    type: optional(boolean()),
    doc: 'Whether `/docs` and `/openapi.json` are served; not set: in dev mode only.',
  },
  appBaseUrl: {
    variable: 'APP_BASE_URL',
    type: url(),
    default: 'http://localhost:5173',
    doc: 'Address of the console: base of links and default of CORS_ORIGINS.',
  },
  badgeBaseUrl: {
    variable: 'BADGE_BASE_URL',
    type: text(),
    default: '',
    doc: 'Public address of the API that badge addresses begin with; not set: they are relative.',
  },
  corsOrigins: {
    variable: 'CORS_ORIGINS',
    type: list(url()),
    default: [] as readonly string[],
    doc: 'Origins that may call the API from a browser; not set: APP_BASE_URL.',
  },
  secretKey: {
    variable: 'SECRET_KEY',
    type: secret(),
    default: '',
    doc: 'Signs links and digests user ids in logs; required outside dev mode, 32 random characters or more.',
  },
  schedulerEnabled: {
    variable: 'SCHEDULER_ENABLED',
    type: boolean(),
    default: true,
    doc: 'Whether this process runs jobs.',
  },
  rateLimitPerSecond: {
    variable: 'RATE_LIMIT_PER_SECOND',
    type: integer({ min: 0, max: 1_000_000 }),
    default: 50,
    doc: 'Requests per second that one identity may keep up; 0: no limit.',
  },
  rateLimitBurst: {
    variable: 'RATE_LIMIT_BURST',
    type: integer({ min: 1, max: 1_000_000 }),
    default: 200,
    doc: 'Requests that one identity may send at once.',
  },
  maxNamespaceCount: {
    variable: 'MAX_NAMESPACE_COUNT',
    type: integer({ min: 1, max: 10_000 }),
    default: 500,
    doc: 'Most namespaces one request may speak for.',
  },
  managementEmail: {
    variable: 'MANAGEMENT_EMAIL',
    type: text({ maxLength: 255 }),
    default: '',
    doc: 'Recipient of the digest and last resort of escalations.',
  },
  defaultEscalationEmail: {
    variable: 'DEFAULT_ESCALATION_EMAIL',
    type: text({ maxLength: 255 }),
    default: '',
    doc: 'Recipient of escalations of namespaces without a contact.',
  },
};
