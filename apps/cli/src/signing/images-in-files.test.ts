import { describe, expect, it } from 'vitest';
import { imagesInDockerfile, imagesInManifest } from './images-in-files.ts';

describe('images of a manifest', () => {
  it('are those of containers of every kind, each once', () => {
    const yaml = `
apiVersion: v1
kind: Pod
spec:
  initContainers:
    - image: registry.lan:5000/setup@sha256:${'a'.repeat(64)}
  containers:
  - name: app   # image: not-this
    image: "registry.lan:5000/app:1"   # the app
  - { name: side, image: 'registry.lan:5000/side' }
  - image: registry.lan:5000/app:1
    imagePullPolicy: Always
`;
    expect(imagesInManifest(yaml)).toEqual([
      `registry.lan:5000/setup@sha256:${'a'.repeat(64)}`,
      'registry.lan:5000/app:1',
      'registry.lan:5000/side',
    ]);
    expect(imagesInManifest('{"spec":{"containers":[{"name":"a","image":"x.io/a:1"},{"image":"x.io/b"}]}}')).toEqual([
      'x.io/a:1',
      'x.io/b',
    ]);
    expect(imagesInManifest('kind: Service\n')).toEqual([]);
  });
});

describe('images of a Dockerfile', () => {
  const text = `# syntax=docker/dockerfile:1
ARG VERSION=22
FROM --platform=linux/amd64 node:\${VERSION} AS build
RUN make \\
  all
FROM scratch AS empty
from build as tests
FROM gcr.io/distroless/nodejs:$VERSION
COPY --from=build /a /a
COPY --from=busybox:1.36 /bin/sh /bin/sh
COPY --from=0 /b /b
`;
  it('are the bases and what is copied from, stages and scratch left out', () => {
    expect(imagesInDockerfile(text, {})).toEqual({
      images: ['node:22', 'gcr.io/distroless/nodejs:22', 'busybox:1.36'],
      unresolved: [],
    });
    expect(imagesInDockerfile(text, { VERSION: '24' }).images[0]).toBe('node:24');
  });

  it('are the base of the last stage where only that is asked for', () => {
    expect(imagesInDockerfile(text, {}, { baseOnly: true }).images).toEqual(['gcr.io/distroless/nodejs:22']);
    expect(imagesInDockerfile('FROM a AS b\nFROM b', {}, { baseOnly: true }).images).toEqual(['a']);
  });

  it('are told apart from names nobody can resolve', () => {
    expect(imagesInDockerfile('ARG BASE\nFROM $BASE\n', {})).toEqual({ images: [], unresolved: ['$BASE'] });
    expect(imagesInDockerfile('FROM ${BASE:-alpine}\n', {}).images).toEqual(['alpine']);
  });
});
