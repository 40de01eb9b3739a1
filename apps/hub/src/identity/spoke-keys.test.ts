import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyRing, parseSpokeKeys } from './spoke-keys.ts';

describe('the forms of SPOKE_API_KEYS', () => {
  it.each([
    ['one,two', ['one', 'two']],
    [' one , two ,', ['one', 'two']],
    ['["one","two"]', ['one', 'two']],
    ['[{"key":"one"},"two"]', ['one', 'two']],
    ['[]', []],
    ['', []],
  ])('%s', (text, keys) => {
    expect(parseSpokeKeys(text).map((key) => key.key)).toEqual(keys);
  });

  it('binds a key to clusters, and then withholds the security team unless told otherwise', () => {
    const [bound, trusted, unbound, distrusted] = parseSpokeKeys(
      '[{"key":"a","name":"east","clusters":["east"]},{"key":"b","clusters":["west"],"allow_sec_team":true},"c",{"key":"d","allow_sec_team":false}]',
    );
    expect(bound).toEqual({ key: 'a', name: 'east', clusters: ['east'], allowSecTeam: false });
    expect(trusted).toMatchObject({ clusters: ['west'], allowSecTeam: true });
    expect(unbound).toMatchObject({ clusters: null, allowSecTeam: true });
    expect(distrusted).toMatchObject({ clusters: null, allowSecTeam: false });
  });

  it.each([
    '["secret',
    '[{"kee":"secret-key"}]',
    '[1]',
    '[{"key":"secret-key","clusters":"east"}]',
    'secret-key,secret-key',
  ])('refuses %s without repeating it', (text) => {
    expect(() => parseSpokeKeys(text)).toThrow(/^(?!.*secret)/);
  });
});

describe('finding a key', () => {
  const find = keyRing(parseSpokeKeys('["first-key","second-key","schlüssel"]'));

  it('takes exact keys only', () => {
    expect(find('second-key')?.key).toBe('second-key');
    for (const wrong of ['', 'second-ke', 'second-key ', 'Second-key', 'first-key,second-key'])
      expect(find(wrong)).toBeNull();
  });

  it('compares the bytes of the wire', () => {
    const onTheWire = Buffer.from('schlüssel', 'utf8').toString('latin1');
    expect(find(onTheWire)?.key).toBe('schlüssel');
    // U+0166 has the low byte of "f": cutting it down would open the door.
    expect(find('\u0166irst-key')).toBeNull();
  });

  it('stands any bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const found = find(text);
        expect(found === null || found.key === text).toBe(true);
      }),
    );
  });
});
