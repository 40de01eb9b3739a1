import { describe, expect, it } from 'vitest';
import { webUrl } from './web-url.ts';

describe('a link of a scanner', () => {
  it.each(['https://example.com/a?b=c#d', 'HTTP://example.com', 'https://exämple.com/ü'])('may be %s', (text) => {
    expect(webUrl(text)).toBe(text);
  });

  it.each([
    '',
    'javascript:alert(1)',
    'data:text/html,x',
    '/relative',
    'example.com',
    'ht\ntps://example.com',
    '\u0001https://example.com',
    'https://example.com/\r\nSet-Cookie: a=b',
  ])('is none where it is %j', (text) => {
    expect(webUrl(text)).toBeNull();
  });
});
