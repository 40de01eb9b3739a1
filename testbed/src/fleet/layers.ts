import type { ImagePlan, Stack } from './images.ts';
import type { Family } from './os-packages.ts';

/** One line of an image's Dockerfile history. */
export interface Layer {
  readonly instruction: string;
  readonly value: string;
}

const bases: Readonly<Record<Family, string>> = {
  'rhel:9': 'file:5f7c0ff1d1 in / # base rhel 9',
  'debian:12': 'file:b4a1e9f3c2 in / # base debian 12',
  'ubuntu:22.04': 'file:0d8a2be417 in / # base ubuntu 22.04',
  'alpine:3.19': 'file:77c2a4de90 in / # base alpine 3.19',
};

const installers: Readonly<Record<Family, string>> = {
  'rhel:9': 'microdnf install -y',
  'debian:12': 'apt-get install -y --no-install-recommends',
  'ubuntu:22.04': 'apt-get install -y --no-install-recommends',
  'alpine:3.19': 'apk add --no-cache',
};

const builds: Readonly<Record<Stack, string>> = {
  java: 'dir:build/libs in /opt/app/lib',
  node: 'dir:dist in /opt/app',
  python: 'dir:wheels in /opt/app/wheels',
  go: 'file:server in /opt/app/server',
  ruby: 'dir:app in /opt/app',
  php: 'dir:public in /var/www/html',
  plain: 'dir:rootfs in /',
};

/** The Dockerfile of an image as its history tells it. */
export function layersOf(image: ImagePlan): readonly Layer[] {
  const packages = ['ca-certificates', 'tzdata', ...image.special];
  return [
    { instruction: 'ADD', value: bases[image.family] },
    { instruction: 'ENV', value: 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    { instruction: 'RUN', value: `${installers[image.family]} ${packages.join(' ')}` },
    { instruction: 'WORKDIR', value: '/opt/app' },
    { instruction: 'COPY', value: builds[image.stack] },
    { instruction: 'LABEL', value: `org.opencontainers.image.version=${image.tag}` },
    { instruction: 'USER', value: '1001' },
    { instruction: 'EXPOSE', value: '8080/tcp' },
    { instruction: 'ENTRYPOINT', value: '["/opt/app/entrypoint"]' },
    { instruction: 'CMD', value: '["serve"]' },
  ];
}
