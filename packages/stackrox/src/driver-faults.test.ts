import { describe, expect, it } from 'vitest';
import { toStackroxFault } from './driver-faults.ts';

const to = { host: 'central-db', port: 5432, database: 'central_active', user: 'cve_reader', password: 'topsecret' };

function driverError(code: string, message = 'driver text'): Error {
  return Object.assign(new Error(message), code === '' ? {} : { code });
}

describe('what the driver says', () => {
  it.each([
    ['28P01', '', 'stackrox-auth-failed', 'cve_reader'],
    ['28000', 'role does not exist', 'stackrox-auth-failed', 'from here'],
    [
      '28000',
      'no pg_hba.conf entry for host "1.2.3.4", user "u", database "d", no encryption',
      'stackrox-tls',
      'only TLS',
    ],
    ['3D000', '', 'stackrox-database-missing', 'central_active'],
    ['57P01', '', 'stackrox-unavailable', 'dropped'],
    ['57P03', '', 'stackrox-unavailable', 'starting'],
    ['57014', '', 'stackrox-timeout', 'longer than allowed'],
    ['55P03', '', 'stackrox-timeout', 'lock'],
    ['53300', '', 'stackrox-busy', 'no connection left'],
    ['53200', '', 'stackrox-busy', 'memory'],
    ['42501', '', 'stackrox-permission-denied', 'cve_reader'],
    ['25006', '', 'stackrox-read-only', 'refused to write'],
    ['42P01', '', 'stackrox-schema-unsupported', 'lacks'],
    ['42703', '', 'stackrox-schema-unsupported', 'lacks'],
    ['08006', '', 'stackrox-unavailable', 'dropped'],
    ['XX000', '', 'stackrox-query-failed', 'XX000'],
    ['ECONNREFUSED', '', 'stackrox-unavailable', 'refused the connection'],
    ['ENOTFOUND', '', 'stackrox-unavailable', 'does not resolve'],
    ['ETIMEDOUT', '', 'stackrox-unavailable', 'does not answer'],
    ['ECONNRESET', '', 'stackrox-unavailable', 'dropped'],
    ['SELF_SIGNED_CERT_IN_CHAIN', '', 'stackrox-tls', 'authority'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', '', 'stackrox-tls', 'authority'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', '', 'stackrox-tls', 'another name'],
    ['CERT_HAS_EXPIRED', '', 'stackrox-tls', 'not valid today'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', '', 'stackrox-tls', 'could not agree'],
    ['', 'The server does not support SSL connections', 'stackrox-tls', 'does not offer TLS'],
    ['', 'timeout exceeded when trying to connect', 'stackrox-busy', 'in use'],
    ['', 'Connection terminated due to connection timeout', 'stackrox-unavailable', 'does not answer'],
    ['', 'Connection terminated unexpectedly', 'stackrox-unavailable', 'dropped'],
    ['', 'Query read timeout', 'stackrox-timeout', 'did not answer'],
    [
      '',
      'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string',
      'stackrox-auth-failed',
      'none is set',
    ],
    ['', 'Cannot use a pool after calling end on the pool', 'stackrox-stopped', 'stopping'],
  ])('%s %s becomes %s', (code, message, expected, words) => {
    const fault = toStackroxFault(driverError(code, message), to);
    expect(fault.code).toBe(expected);
    expect(fault.message).toContain('central-db:5432');
    expect(fault.message).toContain(words);
    expect(fault.hint).not.toBe('');
  });

  it('reports the first of several addresses tried', () => {
    const both = new AggregateError([driverError('ECONNREFUSED'), driverError('ECONNREFUSED')]);
    expect(toStackroxFault(both, to).message).toContain('refused the connection');
  });

  it('passes faults on and survives whatever else is thrown', () => {
    const fault = toStackroxFault(driverError('57014'), to);
    expect(toStackroxFault(fault, to)).toBe(fault);
    for (const odd of [null, undefined, 'text', 7, {}, new AggregateError([])])
      expect(toStackroxFault(odd, to).code).toBe('stackrox-query-failed');
  });

  it('keeps neither the settings nor the driver’s objects', () => {
    const error = Object.assign(driverError('57P01'), {
      client: { password: 'topsecret' },
      detail: 'Key (x)=(topsecret)',
    });
    const fault = toStackroxFault(error, to);
    expect(
      JSON.stringify([fault.message, fault.hint, fault.values, Object.entries(fault.cause as object)]),
    ).not.toContain('topsecret');
  });
});
