/** The console in a real browser, over the whole constellation, which is brought up once for all of these. */
import { afterAll, beforeAll } from 'vitest';
import { needsBrowser } from '../browser.ts';
import { accessibility } from './accessibility.ts';
import { admission } from './admission.ts';
import { dashboard } from './dashboard.ts';
import { openDesk, type Desk } from './desk.ts';
import { journey } from './journey.ts';
import { states } from './states.ts';
import { stranger } from './stranger.ts';
import { uses } from './uses.ts';

const browser = needsBrowser();

browser.describe('the console', () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await openDesk();
  });
  afterAll(() => desk.stop());

  browser.describe('answers a stranger, who', () => stranger(() => desk));
  browser.describe('takes people where they want to go:', () => journey(() => desk));
  browser.describe('has figures that are true:', () => dashboard(() => desk));
  browser.describe('shows what gates decide:', () => admission(() => desk));
  browser.describe('in every state:', () => states(() => desk));
  browser.describe('for everybody:', () => accessibility(() => desk));
  browser.describe('used all day:', () => uses(() => desk));
});
