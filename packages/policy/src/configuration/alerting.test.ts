import { describe, expect, it } from 'vitest';
import { parseAlerting } from './alerting.ts';
import { describeProblems } from './problem.ts';

const document = `
clusterIdentifier: production
admitRequest:
  receivers:
    - template: slack
      receiverUrlFrom: { secretKeyRef: { name: alert-hooks, key: slack } }
      priority: 0
rejectRequest:
  receivers:
    - template: opsgenie
      receiverUrl: https://api.opsgenie.example/v2/alerts
      customHeaders: ["Authorization: GenieKey 1:2", "X-Team: platform"]
      payloadFields: { responders: [{ type: user }], on: true }
      failIfAlertSendingFails: true
`;

describe('parseAlerting', () => {
  it('1.7 reads receivers with their defaults; a priority of 0 is kept', () => {
    expect(parseAlerting(document)).toEqual({
      state: 'valid',
      warnings: [],
      alerting: {
        clusterIdentifier: 'production',
        failClosedInDetectionMode: false,
        admitRequest: [
          {
            name: 'slack-0',
            template: 'slack',
            url: { kind: 'secret', secretName: 'alert-hooks', key: 'slack' },
            priority: 0,
            headers: [],
            payloadFields: {},
            failIfAlertSendingFails: false,
          },
        ],
        rejectRequest: [
          {
            name: 'opsgenie-0',
            template: 'opsgenie',
            url: { kind: 'inline', url: 'https://api.opsgenie.example/v2/alerts' },
            priority: 3,
            headers: [
              ['Authorization', 'GenieKey 1:2'],
              ['X-Team', 'platform'],
            ],
            payloadFields: { responders: [{ type: 'user' }], on: true },
            failIfAlertSendingFails: true,
          },
        ],
      },
    });
  });

  it.each(['', '{}', 'null', '# nothing'])('1.7 %j tells nobody', (text) => {
    expect(parseAlerting(text)).toMatchObject({
      state: 'valid',
      alerting: { clusterIdentifier: 'not specified', admitRequest: [], rejectRequest: [] },
    });
  });

  const receiver = (text: string): string => `rejectRequest: {receivers: [{${text}}]}`;

  it.each([
    ['receiverUrl: https://x', 'template is missing'],
    ['template: ../../secrets/x, receiverUrl: https://x', 'Name of a file without .json'],
    ['template: slack', "receiverUrl must be set if [receiverUrlFrom] isn't"],
    [
      'template: a, receiverUrl: https://x, receiverUrlFrom: {secretKeyRef: {name: a, key: b}}',
      'receiverUrl must not be set',
    ],
    ['template: a, receiverUrlFrom: {}', 'secretKeyRef is missing'],
    ['template: a, receiverUrlFrom: {secretKeyRef: {name: ../a, key: b}}', 'Name of a Secret'],
    ['template: a, receiverUrl: "file:///etc/passwd"', 'no address of a web server'],
    ['template: a, receiverUrl: nonsense', 'no address of a web server'],
    ['template: a, receiverUrl: https://x, priority: -1', 'whole number from 0'],
    ['template: a, receiverUrl: https://x, customHeaders: []', 'at least 1 item'],
    ['template: a, receiverUrl: https://x, customHeaders: [nothing]', 'a name, a colon and a value'],
    ['template: a, receiverUrl: https://x, customHeaders: ["A: b\\r\\nHost: c"]', 'a name, a colon and a value'],
    ['template: a, receiverUrl: https://x, payloadFields: {}', 'at least one entry'],
    ['template: a, receiverUrl: https://x, headers: []', 'headers is not a key'],
  ])('1.7 refuses {%s}', (text, message) => {
    const read = parseAlerting(receiver(text));
    expect(read.state === 'invalid' ? describeProblems(read.problems, { file: 'f' }) : '').toContain(message);
  });

  it('ALR-7 never prints addresses and headers, which are credentials', () => {
    const read = parseAlerting(
      receiver('template: a, receiverUrl: hooks.example/T0/hunter2, customHeaders: [hunter2]'),
    );
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });
});
