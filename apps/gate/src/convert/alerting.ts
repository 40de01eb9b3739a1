/** `alerting` of Connaisseur 2: templates are receivers, names are camelCase. */
import type { ChangeLog } from './change-log.ts';
import { isMap, listOf, oldNames, renameKeys, type Values } from './values.ts';

/** The alerting document in its new form; undefined where there was none. */
export function convertAlerting(old: Values, log: ChangeLog): Values | undefined {
  if (!isMap(old['alerting'])) return undefined;
  const before = old['alerting'];
  const alerting = renameKeys(before);
  let touched = oldNames(before).length > 0;
  for (const when of ['admitRequest', 'rejectRequest']) {
    const group = alerting[when];
    if (!isMap(group)) continue;
    const { templates, message, ...rest } = group;
    const receivers = listOf(group['receivers'] ?? templates);
    touched ||= templates !== undefined || receivers.some((one) => isMap(one) && oldNames(one).length > 0);
    if (message !== undefined) log.lost(`alerting.${when}.message`, 'messages have fixed words.');
    alerting[when] = { ...rest, receivers: receivers.map((one) => (isMap(one) ? renameKeys(one) : one)) };
  }
  if (touched) log.changed(['alerting'], 'templates are called receivers, names are camelCase.');
  return alerting;
}
