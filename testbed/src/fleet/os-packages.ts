/**
 * Packages of four distributions. Names are real; versions have the shape each distribution uses,
 * with a revision that the fleet counts up: a CVE fixed in revision 12 is in every image whose
 * packages stand at 11 or lower.
 */

/** Distributions of the demo, as `scan_operatingsystem` writes them. */
export const families = ['rhel:9', 'debian:12', 'ubuntu:22.04', 'alpine:3.19'] as const;
/** One of the distributions. */
export type Family = (typeof families)[number];

/** How common a source package is: in every image, in most, in full-size ones, or only where its stack needs it. */
export type Spread = 'minimal' | 'usual' | 'full' | 'special';

/** A source package and what it is called once installed. */
export interface SourcePackage {
  readonly name: string;
  readonly spread: Spread;
  /** Names of the installed packages per family; empty where the family has none. */
  readonly binaries: Readonly<Record<Family, readonly string[]>>;
  readonly version: string;
}

// source | spread | version | rhel | debian and ubuntu | alpine (packages separated by blanks, - for none)
const table = `
glibc       | minimal | 2.36    | glibc glibc-common glibc-minimal-langpack | libc6 libc-bin | -
musl        | minimal | 1.2.4   | - | - | musl musl-utils
openssl     | minimal | 3.0.13  | openssl-libs openssl | libssl3 openssl | libcrypto3 libssl3
zlib        | minimal | 1.2.13  | zlib | zlib1g | zlib
busybox     | minimal | 1.36.1  | - | - | busybox busybox-binsh ssl_client
tzdata      | minimal | 2024a   | tzdata | tzdata | tzdata
ncurses     | minimal | 6.4     | ncurses-libs ncurses-base | libtinfo6 ncurses-base | ncurses-libs
bash        | minimal | 5.2.15  | bash | bash | bash
gcc         | minimal | 12.2.0  | libgcc libstdc++ | libgcc-s1 libstdc++6 gcc-12-base | libgcc libstdc++
curl        | usual   | 7.88.1  | curl-minimal libcurl-minimal | curl libcurl4 | curl libcurl
libxml2     | usual   | 2.9.14  | libxml2 | libxml2 | libxml2
expat       | usual   | 2.5.0   | expat | libexpat1 | libexpat
krb5        | usual   | 1.20.1  | krb5-libs | libkrb5-3 libgssapi-krb5-2 | krb5-libs
sqlite      | usual   | 3.40.1  | sqlite-libs | libsqlite3-0 | sqlite-libs
systemd     | usual   | 252.22  | systemd-libs | libsystemd0 libudev1 | -
util-linux  | usual   | 2.38.1  | libblkid libmount libuuid | libblkid1 libmount1 util-linux | libblkid
gnutls      | usual   | 3.7.9   | gnutls | libgnutls30 | gnutls
libgcrypt   | usual   | 1.10.1  | libgcrypt | libgcrypt20 | libgcrypt
pcre2       | usual   | 10.42   | pcre2 | libpcre2-8-0 | pcre2
xz          | usual   | 5.4.1   | xz-libs | liblzma5 | xz-libs
nghttp2     | usual   | 1.52.0  | libnghttp2 | libnghttp2-14 | nghttp2-libs
openldap    | usual   | 2.5.13  | openldap | libldap-2.5-0 | libldap
perl        | usual   | 5.36.0  | perl-libs | perl-base | perl
coreutils   | usual   | 9.1     | coreutils-single | coreutils | coreutils
tar         | usual   | 1.34    | tar | tar | tar
gzip        | usual   | 1.12    | gzip | gzip | gzip
shadow      | usual   | 4.13    | shadow-utils | login passwd | shadow
pam         | usual   | 1.5.2   | pam | libpam0g libpam-modules | linux-pam
libtasn1    | usual   | 4.19.0  | libtasn1 | libtasn1-6 | libtasn1
p11-kit     | usual   | 0.24.1  | p11-kit | libp11-kit0 | p11-kit
lz4         | usual   | 1.9.4   | lz4-libs | liblz4-1 | lz4-libs
python3     | full    | 3.11.2  | python3 python3-libs | python3.11 libpython3.11-stdlib | python3
git         | full    | 2.39.2  | git git-core | git git-man | git
vim         | full    | 9.0.1378 | vim-minimal | vim-tiny vim-common | vim
libtiff     | full    | 4.5.0   | libtiff | libtiff6 | tiff
openssh     | full    | 9.2p1   | openssh openssh-clients | openssh-client | openssh-client
sudo        | full    | 1.9.13  | sudo | sudo | sudo
polkit      | full    | 0.117   | polkit-libs | libpolkit-gobject-1-0 | polkit
freetype    | full    | 2.12.1  | freetype | libfreetype6 | freetype
libwebp     | full    | 1.2.4   | libwebp | libwebp7 | libwebp
libpng      | full    | 1.6.39  | libpng | libpng16-16 | libpng
libjpeg     | full    | 2.1.5   | libjpeg-turbo | libjpeg62-turbo | libjpeg-turbo
cairo       | full    | 1.16.0  | cairo | libcairo2 | cairo
glib2       | full    | 2.74.6  | glib2 | libglib2.0-0 | glib
dbus        | full    | 1.14.10 | dbus-libs | libdbus-1-3 | dbus-libs
avahi       | full    | 0.8     | avahi-libs | libavahi-client3 libavahi-common3 | avahi-libs
cups        | full    | 2.4.2   | cups-libs | libcups2 | cups-libs
binutils    | full    | 2.40    | binutils | binutils libbinutils | binutils
linux       | full    | 6.1.76  | kernel-headers | linux-libc-dev | linux-headers
less        | full    | 590     | less | less | less
wget        | full    | 1.21.3  | wget | wget | wget
rsync       | full    | 3.2.7   | rsync | rsync | rsync
inetutils   | full    | 2.4     | - | inetutils-telnet | -
exiftool    | full    | 12.57   | perl-Image-ExifTool | libimage-exiftool-perl | exiftool
imagemagick | special | 6.9.11  | ImageMagick-libs | imagemagick-6-common libmagickcore-6.q16-6 | imagemagick
openjdk     | special | 17.0.8  | java-17-openjdk-headless | openjdk-17-jre-headless | openjdk17-jre-headless
php         | special | 8.2.7   | php-common php-fpm | php8.2-common php8.2-fpm | php82-common php82-fpm
httpd       | special | 2.4.49  | httpd-core | apache2-bin | apache2
nginx       | special | 1.22.1  | nginx-core | nginx-core | nginx
redis       | special | 6.0.16  | redis | redis-server | redis
samba       | special | 4.17.12 | samba-client-libs | samba-libs | samba-libs
exim        | special | 4.92    | exim | exim4-base | exim
chromium    | special | 119.0.6045 | chromium-headless | chromium chromium-common | chromium
erlang      | special | 25.2.3  | erlang-erts | erlang-base | erlang
roundcube   | special | 1.6.1   | roundcubemail | roundcube-core | roundcubemail
`;

/** All source packages, in the order of the table. */
export const sourcePackages: readonly SourcePackage[] = table
  .trim()
  .split('\n')
  .map((line) => {
    const [name = '', spread = '', version = '', rhel = '', deb = '', apk = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    const list = (cell: string): readonly string[] => (cell === '-' ? [] : cell.split(' '));
    return {
      name,
      spread: spread as Spread,
      version,
      binaries: { 'rhel:9': list(rhel), 'debian:12': list(deb), 'ubuntu:22.04': list(deb), 'alpine:3.19': list(apk) },
    };
  });

/** A package version of that family at a revision. */
export function packageVersion(family: Family, upstream: string, revision: number): string {
  switch (family) {
    case 'rhel:9':
      return `${upstream}-${revision}.el9`;
    case 'debian:12':
      return `${upstream}-2+deb12u${revision}`;
    case 'ubuntu:22.04':
      return `${upstream}-0ubuntu0.22.04.${revision}`;
    case 'alpine:3.19':
      return `${upstream}-r${revision}`;
  }
}

/** The highest revision that any fix has. */
export const lastRevision = 24;
