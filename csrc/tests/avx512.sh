#!/usr/bin/env bash
# Runs the test of the AVX-512 kernels on a machine that has no AVX-512: Debian's bochs emulates a processor that has,
# and boots Debian's kernel with the test, linked statically, as its only program. Takes about ten minutes.
#
#   apt install bochs bochsbios vgabios xorriso cpio; csrc/tests/avx512.sh FOLDER path/to/kernels_test
set -euo pipefail
folder=$1 test=$(realpath "$2")
for tool in bochs xorriso cpio apt-get; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing. Debian: apt install bochs bochsbios vgabios xorriso cpio"
        exit 1
    }
done
mkdir -p "$folder" && cd "$folder"
rm -rf root disc serial.txt && mkdir -p root/dev root/proc disc

if ! ls packages/boot/vmlinuz-* >/dev/null 2>&1; then
    mkdir -p packages
    kernel=$(apt-cache depends linux-image-amd64 | grep -o 'linux-image-[0-9].*')
    apt-get download -q "$kernel" isolinux syslinux-common
    for package in *.deb; do dpkg -x "$package" packages; done
fi

# The first process: runs the test, tells how it ended, and turns the emulator off by its shutdown port.
g++ -O1 -static -o root/init -x c++ - <<'CODE'
#include <cstdio>
#include <sys/io.h>
#include <sys/wait.h>
#include <unistd.h>
int main() {
  if (!fork()) {
    char* const environment[] = {const_cast<char*>("GATEWISE_ALONE=1"), nullptr};
    execle("/kernels_test", "kernels_test", "avx512", nullptr, environment);
    _exit(99);
  }
  int status = 0;
  wait(&status);
  std::printf("ended with %d, signal %d\n", WEXITSTATUS(status), WTERMSIG(status));
  std::fflush(stdout);
  sleep(1);
  iopl(3);
  for (const char* c = "Shutdown"; *c; ++c) outb(*c, 0x8900);
  for (;;) pause();
}
CODE
cp "$test" root/kernels_test
strip root/kernels_test
mknod root/dev/console c 5 1
(cd root && find . | cpio -o -H newc --quiet | gzip >../disc/initrd.gz)
cp packages/boot/vmlinuz-* disc/vmlinuz
cp packages/usr/lib/ISOLINUX/isolinux.bin packages/usr/lib/syslinux/modules/bios/ldlinux.c32 disc

# Bochs 2.7 tells a wrong size of the compacted register area: the kernel must not use it, or it does without AVX.
cat >disc/isolinux.cfg <<'CONFIG'
DEFAULT test
PROMPT 0
LABEL test
  KERNEL vmlinuz
  APPEND initrd=initrd.gz console=ttyS0 rdinit=/init panic=-1 noxsaves clearcpuid=xsavec,xsaves mitigations=off nokaslr tsc=reliable no_timer_check loglevel=4
CONFIG
xorriso -as mkisofs -quiet -o disc.iso -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table disc
cat >bochsrc <<CONFIG
display_library: rfb, options="timeout=0"
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
megs: 512
cpu: model=corei7_skylake_x, ips=50000000
ata0-master: type=cdrom, path=disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=serial.txt
clock: sync=none
log: bochs.log
panic: action=report
error: action=ignore
info: action=ignore
speaker: enabled=0
sound: driver=dummy, waveout=/dev/null, wavein=, midiout=/dev/null
plugin_ctrl: voodoo=0, usb_uhci=0, e1000=0, ne2k=0, es1370=0, sb16=0, gameport=0, parallel=0, speaker=0, busmouse=0
CONFIG
: >serial.txt
echo c >commands # for its debugger: go on
timeout 3600 bochs -q -f bochsrc -rc commands </dev/null >bochs.txt 2>&1 || true
tr -d '\r' <serial.txt | tail -n 30
grep -q 'ended with 0, signal 0' serial.txt
