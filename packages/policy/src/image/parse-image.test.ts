import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImage } from './parse-image.ts';
import { notaryGun, spellings, writtenName } from './spellings.ts';

const hex = 'a'.repeat(64);

describe('parseImage', () => {
  it.each([
    ['web', 'index.docker.io/library/web:latest', 'latest', undefined],
    ['team/web:2', 'index.docker.io/team/web:2', '2', undefined],
    ['docker.io/web', 'index.docker.io/library/web:latest', 'latest', undefined],
    ['index.docker.io/web', 'index.docker.io/library/web:latest', 'latest', undefined],
    ['192.168.56.114:5000/demo/nginx', '192.168.56.114:5000/demo/nginx:latest', 'latest', undefined],
    [`reg.lan/a/b/c@sha256:${hex}`, `reg.lan/a/b/c@sha256:${hex}`, undefined, `sha256:${hex}`],
    [`web:1@sha256:${hex}`, `index.docker.io/library/web:1@sha256:${hex}`, '1', `sha256:${hex}`],
    ['[::1]:5000/x', '[::1]:5000/x:latest', 'latest', undefined],
  ])('IMG-1 IMG-2 IMG-3 reads %s', (text, name, tag, digest) => {
    const read = parseImage(text);
    expect(read).toMatchObject({ state: 'valid', image: { text, name } });
    expect(read.state === 'valid' && [read.image.tag, read.image.digest]).toEqual([tag, digest]);
  });

  it('IMG-1 takes localhost for a host, as container runtimes do', () => {
    expect(parseImage('localhost/x')).toMatchObject({ image: { registry: 'localhost', repository: 'x' } });
  });

  it('IMG-2 never rewrites another host, not even the one Docker Hub answers at', () => {
    expect(parseImage('registry-1.docker.io/nginx:1')).toMatchObject({
      image: { name: 'registry-1.docker.io/nginx:1', repository: 'nginx' },
    });
    expect(parseImage('docker.io:443/web')).toMatchObject({ image: { registry: 'docker.io:443' } });
  });

  it.each([`docker.io/nginx@sha256:${hex}`, `docker.io/nginx:1.27@sha256:${hex}`])(
    'IMG-5 finds the tag of %s by structure, not by overlap of text',
    (text) => {
      expect(parseImage(text)).toMatchObject({
        state: 'valid',
        image: { name: text.replace('docker.io/', 'index.docker.io/library/') },
      });
    },
  );

  it.each([
    ['web@sha256:12', 'digest'],
    [`web@sha512:${'a'.repeat(128)}`, 'digest'],
    [`web@sha256:${'A'.repeat(64)}`, 'digest'],
    [`web@sha256:${hex}@sha256:${hex}`, 'digest'],
    ['Web,1', 'repository'],
    ['a"b', 'repository'],
    ['reg.lan/Team/app', 'upper-case'],
    ['REG.lan/app', 'upper-case'],
    ['LOCALHOST/app', 'upper-case'],
    ['reg.lan//app', 'empty part'],
    ['reg.lan/app/', 'empty part'],
    ['reg.lan/', 'missing'],
    ['', 'empty'],
    ['web:', 'tag'],
    ['reg.lan/a:..', 'tag'],
    [`web:${'a'.repeat(129)}`, 'tag'],
    ['docker.io./web', 'registry'],
    ['docker\u3002io/web', 'repository'],
    ['d\u043ecker.io/web', 'registry'],
    ['ex%61mple.com/web', 'registry'],
    ['reg.lan:05000/web', 'port begins with a zero'],
    ['reg.lan:99999/web', 'port'],
    ['0x7f.1:5000/web', 'usual form'],
    ['127.1:5000/web', 'usual form'],
    ['[::0001]:5000/web', 'usual form'],
    ['user@reg.lan/web', 'digest'],
    ['https://reg.lan/web', 'scheme'],
    ['reg.lan/web ', 'white space'],
    ['reg.lan/../etc', 'repository'],
    [`sha256:${hex}`, 'identifier of an image'],
    [`sha512:${hex}${hex}`, 'identifier of an image'],
    ['sha256:abc', 'identifier of an image'],
    [hex, 'identifier of an image'],
  ])('IMG-4 refuses %j and says what is wrong', (text, word) => {
    const read = parseImage(text);
    expect(read.state === 'invalid' ? read.problem : read.image.name).toContain(word);
  });

  it('IMG-4 takes the same letters for a name where no runtime takes them for an identifier', () => {
    expect(imageOf(`docker.io/library/sha256:${hex}`).name).toBe(`index.docker.io/library/sha256:${hex}`);
    expect(imageOf(`team/${hex}`).name).toBe(`index.docker.io/team/${hex}:latest`);
  });

  it('IMG-4 answers for every text, and reading a canonical name again changes nothing', () => {
    const piece = fc.constantFrom(
      ...[
        'docker.io',
        'index.docker.io',
        'reg.lan:5000',
        'library',
        'web',
        'A',
        '/',
        ':',
        '@',
        `sha256:${hex}`,
        '.',
        '',
        '1',
      ],
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const read = parseImage(input);
        if (read.state === 'invalid') {
          expect(read.problem).not.toBe('');
          return;
        }
        const again = parseImage(read.image.name);
        expect(again).toEqual({ state: 'valid', image: { ...read.image, text: read.image.name } });
      }),
      { numRuns: 300 },
    );
  });
});

describe('spellings', () => {
  it('PAT-3 are six for an official image of Docker Hub, and one elsewhere', () => {
    expect(spellingsOf('redis:7')).toEqual([
      'index.docker.io/library/redis:7',
      'index.docker.io/redis:7',
      'docker.io/library/redis:7',
      'docker.io/redis:7',
      'library/redis:7',
      'redis:7',
    ]);
    expect(spellingsOf('reg.lan/redis:7')).toEqual(['reg.lan/redis:7']);
  });

  it('PAT-3 never make an image of Docker Hub look like one of another host', () => {
    expect(spellingsOf('docker.io/registry.k8s.io/pause:1')).toEqual([
      'index.docker.io/registry.k8s.io/pause:1',
      'docker.io/registry.k8s.io/pause:1',
    ]);
    expect(spellingsOf('docker.io/library/acme/web:1')).not.toContain('docker.io/acme/web:1');
    expect(spellingsOf('docker.io/localhost/web:1')).not.toContain('localhost/web:1');
  });

  it('PAT-3 are all read as the same image', () => {
    const part = fc.constantFrom('library', 'acme', 'web', 'reg.lan', 'localhost', 'a.b');
    const images = fc.tuple(
      fc.constantFrom('', 'docker.io/', 'reg.lan:5000/'),
      fc.array(part, { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(images, fc.constantFrom('', ':1', `@sha256:${hex}`, `:1@sha256:${hex}`), ([host, path], end) => {
        const read = parseImage(`${host}${path.join('/')}${end}`);
        if (read.state === 'invalid') return;
        for (const spelling of spellings(read.image))
          expect(parseImage(spelling)).toMatchObject({ image: { name: read.image.name } });
      }),
    );
  });
});

it('IMG-6 IMG-7 names an image as workloads and Notary have it', () => {
  const image = imageOf('nginx:1');
  expect(writtenName(image, { digest: `sha256:${hex}`, dockerHost: 'index.docker.io' })).toBe(
    `index.docker.io/library/nginx:1@sha256:${hex}`,
  );
  expect(writtenName(image, { dockerHost: 'docker.io' })).toBe('docker.io/library/nginx:1');
  expect(notaryGun(image)).toBe('docker.io/library/nginx');
  expect(notaryGun(imageOf('reg.lan:5000/team/app'))).toBe('reg.lan:5000/team/app');
});

function spellingsOf(text: string): readonly string[] {
  return spellings(imageOf(text));
}

function imageOf(text: string) {
  const read = parseImage(text);
  if (read.state === 'invalid') throw new Error(read.problem);
  return read.image;
}
