import type { ImageCveGroup, ImageDetail } from '@pratique/hub/contract';
import { screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { log4shell, pageOf, refusal } from '../testing/hub.ts';
import { monthsOf } from './months.ts';

const hub = startHub();
const address = '/images/sha256%3Aabc?name=registry.example.com%2Fweb%3A1';

const image: ImageDetail = {
  image_id: 'sha256:abc',
  name_fullname: 'registry.example.com/web:1',
  name_registry: 'registry.example.com',
  name_remote: 'web',
  name_tag: '1',
  os: 'debian:12',
  created: null,
  last_scanned: null,
  last_updated: null,
  docker_user: null,
  risk_score: 3.4,
  top_cvss: 10,
  component_count: 214,
  cve_count: 1,
  fixable_cves: 1,
  critical_cves: 1,
  high_cves: 0,
  medium_cves: 0,
  low_cves: 0,
  layers: [{ idx: 0, instruction: 'RUN', value: '<b>apt-get</b> update' }],
  layers_state: 'read',
  scan_state: 'scanned',
  cve_timeline: [],
  cves: [log4shell],
};

function answer(change: Partial<ImageDetail>): void {
  hub.use(http.get('*/api/images/:id', () => HttpResponse.json({ ...image, ...change })));
}

describe('the page of an image', () => {
  it('asks for the very name that was followed, and shows CVEs and layers', async () => {
    let asked = '';
    hub.use(
      http.get('*/api/images/:id', ({ request, params }) => {
        asked = `${String(params['id'])} ${new URL(request.url).searchParams.get('name')}`;
        return HttpResponse.json(image);
      }),
    );
    await openConsole(address);
    expect(await screen.findByRole('link', { name: 'CVE-2021-44228' })).toBeTruthy();
    expect(asked).toBe('sha256:abc registry.example.com/web:1');
    expect(screen.getByText('<b>apt-get</b> update')).toBeTruthy();
  });

  it('tells an image that nobody scanned from one without CVEs', async () => {
    answer({ scan_state: 'not_scanned', cves: [] });
    await openConsole(address);
    expect(await screen.findByText('This image has not been scanned')).toBeTruthy();
    expect(screen.queryByText('No CVE that you may see')).toBeNull();
  });

  it('says that there are none when there are none', async () => {
    answer({ cves: [] });
    await openConsole(address);
    expect(await screen.findByText('No CVE that you may see')).toBeTruthy();
  });

  it.each([
    ['not_granted', /role may not read them/],
    ['not_kept', /does not keep the layers/],
    ['unavailable', /could not look at the layers/],
  ] as const)('says why there are no layers: %s', async (layers_state, text) => {
    answer({ layers_state, layers: [] });
    await openConsole(address);
    expect(await screen.findByText(text)).toBeTruthy();
  });
});

describe('what an image is made of', () => {
  const made: Partial<ImageDetail> = {
    cves: [
      { ...log4shell },
      { ...log4shell, cve_id: 'CVE-2020-0001', severity: 1, cvss: 2, kev: false, component_names: ['zlib1g'] },
    ],
    components: [
      {
        component_name: 'log4j-core',
        component_version: '2.14.1',
        layer: 'application',
        cve_count: 1,
        worst_severity: 4,
        fixed_by: '2.15.0',
      },
      {
        component_name: 'zlib1g',
        component_version: '<i>1</i>',
        layer: 'base',
        cve_count: 1,
        worst_severity: 1,
        fixed_by: null,
      },
      {
        component_name: 'mystery',
        component_version: '0',
        layer: null,
        cve_count: 0,
        worst_severity: 0,
        fixed_by: null,
      },
    ],
    deployments: [
      {
        deployment_id: 'd1',
        deployment_name: 'storefront',
        namespace: 'shop',
        cluster_name: 'prod-1',
        image_name: 'x',
        image_id: 'sha256:abc',
        first_seen: null,
      },
    ],
    cve_timeline: [
      { month: '2026-11-01', critical: 20, important: 0, moderate: 0, low: 0 },
      { month: '2026-09-01', critical: 7, important: 1, moderate: 0, low: 0 },
    ],
    history: [{ at: '2026-11-02T01:02:03Z', appeared: 3, gone: 12, returned: 1 }],
  };

  it('names the layer of each component, and opens its CVEs on demand', async () => {
    answer(made);
    await openConsole(address);
    const table = within(await screen.findByRole('grid', { name: 'Component' }));
    expect(table.getByText('Base image')).toBeTruthy();
    expect(table.getByText('Application')).toBeTruthy();
    expect(table.getByText('<i>1</i>')).toBeTruthy();
    expect(table.queryByRole('link')).toBeNull();
    await userEvent.click(table.getAllByRole('button')[1] as HTMLElement);
    expect(table.getByRole('link', { name: 'CVE-2020-0001' })).toBeTruthy();
  });

  it('sorts its CVEs either way by the column pressed', async () => {
    answer(made);
    await openConsole(address);
    const table = within(await screen.findByRole('grid', { name: '2 CVEs' }));
    const ids = () => table.getAllByRole('link').map((link) => link.textContent);
    expect(ids()).toEqual(['CVE-2021-44228', 'CVE-2020-0001']);
    await userEvent.click(table.getByRole('button', { name: 'CVE' }));
    expect(ids()).toEqual(['CVE-2020-0001', 'CVE-2021-44228']);
    await userEvent.click(table.getByRole('button', { name: 'CVSS' }));
    expect(ids()).toEqual(['CVE-2021-44228', 'CVE-2020-0001']);
  });

  it('says where it runs and what later scans changed, with every month between', async () => {
    answer(made);
    await openConsole(address);
    expect(await screen.findByText('storefront')).toBeTruthy();
    expect(within(screen.getByRole('grid', { name: 'What later scans changed' })).getByText('12')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'The same as a table' }));
    const months = within(screen.getByRole('grid', { name: /by month/ }));
    expect(
      months
        .getAllByRole('row')
        .slice(1)
        .map((row) => row.textContent),
    ).toEqual(['Nov 202620000', 'Oct 20260000', 'Sep 20267100']);
  });

  it('is shown by a hub that knows neither components nor places', async () => {
    answer({});
    await openConsole(address);
    expect(await screen.findByRole('heading', { name: 'Layers' })).toBeTruthy();
    expect(screen.queryByRole('heading', { name: 'Where it runs' })).toBeNull();
    expect(screen.queryByRole('heading', { name: /component/ })).toBeNull();
  });

  it('shows no zeros of an image that nobody scanned', async () => {
    answer({ scan_state: 'not_scanned', cves: [], critical_cves: 0, cve_count: 0 });
    await openConsole(address);
    expect(await screen.findByText('never')).toBeTruthy();
    expect(screen.queryByRole('group', { name: 'Figures of this image' })).toBeNull();
  });

  it('keeps 10,000 characters of a layer and odd marks in their place', async () => {
    answer({
      layers: [{ idx: 0, instruction: 'RUN', value: `\u202E🧨${'A'.repeat(10_000)}` }],
      name_fullname: `x/${'y'.repeat(900)}:1`,
    });
    const { view } = await openConsole(address);
    const block = (await screen.findByText(/^\u202E🧨A+…$/)).closest('.app-foreign-block');
    expect((block?.textContent ?? '').length).toBeLessThan(1500);
    expect(
      [...view.container.querySelectorAll('h1 bdi')].every((title) => title.className.includes('app-foreign')),
    ).toBe(true);
  });
});

describe('months of an image', () => {
  it('are at most two years, without a gap, whatever comes', () => {
    expect(monthsOf([])).toEqual([]);
    const zero = { critical: 0, important: 0, moderate: 0, low: 0 };
    expect(
      monthsOf([
        { month: '2020-01-01', ...zero },
        { month: '2026-11-01', ...zero },
      ]),
    ).toHaveLength(24);
    expect(monthsOf([{ month: 'nonsense', ...zero }])).toHaveLength(1);
  });
});

/** The document of these tests counts a place to break as a space. */
const imageName = /^registry\.example\.com\/ ?web:1$/;

describe('the list by image', () => {
  const group: ImageCveGroup = {
    image_name: 'registry.example.com/web:1',
    image_id: 'sha256:abc',
    total_cves: 7,
    critical_cves: 1,
    high_cves: 2,
    medium_cves: 3,
    low_cves: 1,
    max_cvss: 10,
    max_epss: 0.9,
    fixable_cves: 4,
    affected_deployments: 2,
    namespaces: ['checkout'],
    clusters: ['prod-1'],
  };

  it('loads the CVEs of an image when its row is opened, not before', async () => {
    let loads = 0;
    hub.use(
      http.get('*/api/cves/by-image', () => HttpResponse.json(pageOf([group]))),
      http.get('*/api/cves/by-image/:id/cves', () => {
        loads += 1;
        return HttpResponse.json([log4shell]);
      }),
    );
    await openConsole('/vulnerabilities?view=image');
    const row = within((await screen.findByRole('link', { name: imageName })).closest('tr') as HTMLElement);
    expect(loads).toBe(0);
    await userEvent.click(row.getByRole('button'));
    expect(await screen.findByRole('link', { name: 'CVE-2021-44228' })).toBeTruthy();
    expect(screen.getByText(/fixes 4 CVEs/)).toBeTruthy();
    expect(loads).toBe(1);
  });

  it('says when the CVEs of one image could not be looked at', async () => {
    hub.use(
      http.get('*/api/cves/by-image', () => HttpResponse.json(pageOf([group]))),
      http.get('*/api/cves/by-image/:id/cves', () => refusal(503, 'overloaded')),
    );
    await openConsole('/vulnerabilities?view=image');
    const row = within((await screen.findByRole('link', { name: imageName })).closest('tr') as HTMLElement);
    await userEvent.click(row.getByRole('button'));
    expect(await screen.findByText('We could not look')).toBeTruthy();
  });
});
