import type { Client } from 'pg';

/**
 * Fills an application database with what people would have decided: settings as seeded, and priorities, acceptances, suppression
 * rules and remediations in numbers of a busy installation. Without them the desk would be measured half asleep.
 */
export async function seedWorkflow(app: Client, central: Client): Promise<void> {
  const { rows: cves } = await central.query<{ cve: string }>(
    `SELECT DISTINCT cvebaseinfo_cve AS cve FROM (SELECT cvebaseinfo_cve FROM image_cves_v2 LIMIT 20000) x ORDER BY 1 LIMIT 600`,
  );
  const { rows: pairs } = await central.query<{ namespace: string; cluster: string }>(
    `SELECT DISTINCT namespace, clustername AS cluster FROM deployments ORDER BY 1, 2 LIMIT 300`,
  );
  const some = (from: number, count: number) => cves.slice(from, from + count).map(({ cve }) => cve);
  const places = [pairs.map(({ namespace }) => namespace), pairs.map(({ cluster }) => cluster)];
  await app.query(
    `INSERT INTO cve_priorities (cve_id, priority, reason, deadline)
     SELECT cve, 'high', 'bench', now() + interval '10 days' FROM unnest($1::text[]) cve`,
    [some(0, 40)],
  );
  await app.query(
    `INSERT INTO risk_acceptances (cve_id, status, justification, scope, scope_key)
     SELECT cve, (ARRAY['approved', 'requested'])[1 + no % 2]::riskstatus, 'bench', jsonb_build_object('mode', 'namespace', 'targets',
       jsonb_build_array(jsonb_build_object('namespace', ($2::text[])[no], 'cluster_name', ($3::text[])[no]))), md5(cve)
     FROM unnest($1::text[]) WITH ORDINALITY u(cve, no) WHERE no <= cardinality($2::text[])`,
    [some(40, 200), ...places],
  );
  await app.query(
    `INSERT INTO remediations (cve_id, namespace, cluster_name, status, resolved_at)
     SELECT cve, ($2::text[])[no], ($3::text[])[no], (ARRAY['open', 'in_progress', 'resolved'])[1 + no % 3]::remediationstatus,
       CASE WHEN no % 3 = 2 THEN now() END
     FROM unnest($1::text[]) WITH ORDINALITY u(cve, no) WHERE no <= cardinality($2::text[])`,
    [some(240, 300), ...places],
  );
  await app.query(
    `INSERT INTO suppression_rules (status, type, component_name, version_pattern, reason)
     SELECT 'approved', 'component', 'package-' || no, '1.*', 'bench' FROM generate_series(1, 5) no`,
  );
  await app.query(
    `INSERT INTO suppression_rules (status, type, cve_id, reason, scope, scope_key)
     SELECT 'approved', 'cve', cve, 'bench', '{"mode": "all", "targets": []}', md5(cve) FROM unnest($1::text[]) cve`,
    [some(540, 20)],
  );
}
