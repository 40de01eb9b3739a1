import type { ImageCveGroup, ImageDetail } from '@pratique/hub/contract';
import { screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { describe, expect, it } from 'vitest';
import { openConsole, startHub } from '../testing/console.tsx';
import { log4shell, pageOf, refusal } from '../testing/hub.ts';

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
    const row = within((await screen.findByRole('link', { name: group.image_name })).closest('tr') as HTMLElement);
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
    const row = within((await screen.findByRole('link', { name: group.image_name })).closest('tr') as HTMLElement);
    await userEvent.click(row.getByRole('button'));
    expect(await screen.findByText('We could not look')).toBeTruthy();
  });
});
