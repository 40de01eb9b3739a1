/** `npm run screenshots`: pictures of the console as a person sees the demo, to reports/screenshots, and those of the documents. */
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openDesk, type Desk, type View } from './e2e/desk.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'reports/screenshots');
/** Scenes that the documents show, wide and light, and under which name. */
const documentPictures: ReadonlyMap<string, string> = new Map([
  ['list', join(root, 'docs/pictures/desk.png')],
  ['dashboard', join(root, 'docs/pictures/dashboard.png')],
  ['detail', join(root, 'docs/pictures/cve.png')],
  ['hidden', join(root, 'docs/pictures/hidden.png')],
]);

const sizes = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  wall: { width: 2560, height: 1440 },
} as const;
const themes = ['light', 'dark'] as const;

/** One page, and how to know that it is drawn. */
interface Scene {
  readonly name: string;
  readonly address: string;
  readonly view?: View;
  readonly ready: (page: Page) => Promise<unknown>;
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first().waitFor();

async function drawn(page: Page): Promise<void> {
  await heading('By severity')(page);
  await page.getByRole('img', { name: 'By severity' }).waitFor();
}

/** The address of the image that the first row of the list by image names. */
async function firstImage(desk: Desk): Promise<string> {
  const { url } = desk.constellation.hub;
  const answer = await fetch(`${url}/api/cves/by-image?page=1&page_size=1`, {
    headers: { 'x-dev-person': 'demo-payments' },
  });
  const { items } = (await answer.json()) as { items: { image_id: string; image_name: string }[] };
  return `/images/${encodeURIComponent(items[0]!.image_id)}?name=${encodeURIComponent(items[0]!.image_name)}`;
}

async function scenes(desk: Desk): Promise<readonly Scene[]> {
  const blind = await desk.startBlindHub();
  return [
    { name: 'dashboard', address: '/dashboard', ready: drawn },
    { name: 'dashboard-payments', address: '/dashboard', view: { who: 'payments' }, ready: drawn },
    {
      name: 'list',
      address: '/vulnerabilities',
      ready: (page) => page.getByRole('link', { name: /^CVE-/ }).first().waitFor(),
    },
    {
      name: 'list-payments',
      address: '/vulnerabilities?sort_by=epss_probability',
      view: { who: 'payments' },
      ready: (page) => page.getByRole('link', { name: /^CVE-/ }).first().waitFor(),
    },
    {
      name: 'list-by-image',
      address: '/vulnerabilities?view=image',
      view: { who: 'payments' },
      ready: (page) =>
        page
          .getByRole('link', { name: /payments/ })
          .first()
          .waitFor(),
    },
    { name: 'detail', address: '/vulnerabilities/CVE-2021-44228', ready: heading('Timeline') },
    { name: 'image', address: await firstImage(desk), view: { who: 'payments' }, ready: heading(/CVEs$/) },
    {
      name: 'empty',
      address: '/vulnerabilities?search=CVE-2021-44228',
      view: { who: 'payments' },
      ready: async (page) => {
        await page.getByRole('button', { name: 'Why can I not see it?' }).click();
        await page.getByRole('list', { name: 'What decides' }).waitFor();
      },
    },
    {
      name: 'hidden',
      address: '/vulnerabilities/CVE-2021-44228',
      view: { who: 'payments' },
      ready: (page) => page.getByRole('list', { name: 'What decides' }).waitFor(),
    },
    { name: 'source', address: '/source', ready: heading('Clusters') },
    { name: 'unavailable', address: '/vulnerabilities', view: { hub: blind }, ready: heading('We could not look') },
  ];
}

async function takePicture(
  desk: Desk,
  scene: Scene,
  look: { readonly size: keyof typeof sizes; readonly theme: (typeof themes)[number] },
): Promise<void> {
  const page = await desk.open(scene.address, { ...scene.view, ...sizes[look.size], theme: look.theme });
  await scene.ready(page);
  await page.locator('.pf-v6-c-skeleton').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready');
  const path = join(folder, `${scene.name}-${look.size}-${look.theme}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  const wanted = look.size === 'desk' && look.theme === 'light' ? documentPictures.get(scene.name) : undefined;
  if (wanted !== undefined) {
    await mkdir(dirname(wanted), { recursive: true });
    await copyFile(path, wanted);
  }
  await page.close();
  process.stdout.write(`${path}\n`);
}

const desk = await openDesk({ hostile: false });
try {
  await mkdir(folder, { recursive: true });
  for (const scene of await scenes(desk)) {
    for (const size of Object.keys(sizes) as (keyof typeof sizes)[]) {
      for (const theme of themes) await takePicture(desk, scene, { size, theme });
    }
  }
} finally {
  await desk.stop();
}
