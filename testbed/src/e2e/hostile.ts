import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Client } from 'pg';
import { demoPair } from '../demo/people.ts';

/** A CVE that only hostile scanner data would name. */
export const hostileCve = 'CVE-2031-6666';

/** Text as somebody would write it who wants to break a page: markup, a right-to-left mark, an emoji, no end. */
export const hostileText = `<img src=x onerror="alert(1)"><script>alert(2)</script>{{7*7}}\u202Egnp.exe\u2066 \u{1F4A5} ${'A'.repeat(10_000)}`;

/**
 * Writes one finding into an image of the demo's team whose component and description are {@link hostileText}.
 *
 * @param central an owner of the fleet
 */
export async function plantHostileFinding(central: Client): Promise<void> {
  const { rows } = await central.query<{ finding: string; component: string }>(
    `select v.id as finding, v.componentid as component
     from deployments d join deployments_containers c on c.deployments_id = d.id
     join image_cves_v2 v on (v.imageid = c.image_id and v.imageid <> '') or (v.imageidv2 = c.image_idv2 and v.imageidv2 <> '')
     where d.namespace = $1 and d.clustername = $2 order by v.id limit 1`,
    [demoPair.namespace, demoPair.cluster_name],
  );
  const [model] = rows;
  if (model === undefined) throw new Error('the demo team runs nothing');
  await copyRow(central, 'image_component_v2', {
    id: model.component,
    changes: { id: 'hostile-component', name: hostileText },
  });
  await copyRow(central, 'image_cves_v2', {
    id: model.finding,
    changes: {
      ...{
        id: 'hostile-finding',
        componentid: 'hostile-component',
        cvebaseinfo_cve: hostileCve,
        severity: 4,
        cvss: 9.9,
        state: 0,
      },
      ...{
        cvebaseinfo_epss_epssprobability: 0.9,
        isfixable: true,
        fixedby: hostileText,
        serialized: `\\x${record().toString('hex')}`,
      },
    },
  });
}

async function copyRow(
  central: Client,
  table: string,
  { id, changes }: { readonly id: string; readonly changes: object },
): Promise<void> {
  await central.query(
    `insert into ${table} select (jsonb_populate_record(null::${table}, to_jsonb(model) || $2::jsonb)).* from ${table} model where id = $1
     on conflict (id) do nothing`,
    [id, JSON.stringify(changes)],
  );
}

/** storage.ImageCVEV2, field 3: CVEInfo with summary (2), link (3) and a reference (10). */
function record(): Buffer {
  const writer = new BinaryWriter();
  writer.tag(3, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(hostileCve);
  writer.tag(2, WireType.LengthDelimited).string(hostileText);
  writer.tag(3, WireType.LengthDelimited).string('javascript:alert(3)');
  writer.tag(10, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('javascript:alert(4)').join();
  writer.join();
  return Buffer.from(writer.finish());
}
