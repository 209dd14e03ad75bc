import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '#built/config/load.js';

const UNITS = new URL('../../systemd/', import.meta.url).pathname;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, ...words: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { env: { ...process.env, SYSTEMD_COLORS: '0' } }, (error, stdout, stderr) => {
      if (error?.code === 'ENOENT')
        return reject(new Error(`${program} is missing: install the package systemd`));
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What the examination finds open, and why it has to be. Nothing else may be. */
const LEFT_OPEN: Readonly<Record<string, string>> = {
  RootDirectoryOrRootImage: 'Node, fswebcam, rpicam-vid and the decoder are those of the system',
  SupplementaryGroups: 'camera, serial port and lamps are reached through groups',
  PrivateDevices: 'a camera is a device',
  DeviceAllow: 'see PrivateDevices; the list is short',
  MemoryDenyWriteExecute: 'V8 and WebAssembly compile while they run',
  RestrictAddressFamilies_AF_UNIX: 'the manager and the resolver are spoken to in this way',
  RestrictAddressFamilies_AF_INET_INET6: 'the carrier is at the other end of it',
  PrivateNetwork: 'the same',
  IPAddressDeny: 'the address of the broker is the carrier’s to say',
  ProcSubset: 'the inference reads /proc/cpuinfo',
  PrivateUsers: 'groups of devices would be nobody’s',
  NotifyAccess: 'systemd-notify is a process of its own',
};

/** As `--threshold` counts it: tenths. */
const MOST_EXPOSURE = 20;

interface Finding {
  readonly set: boolean | null;
  readonly json_field: string;
  readonly exposure: string | null;
}

async function openIn(unit: string): Promise<string[]> {
  const { stdout } = await run('systemd-analyze', 'security', '--offline=true', '--json=short', unit);
  const findings = JSON.parse(stdout) as Finding[];
  return findings.filter(({ exposure }) => Number(exposure ?? 0) > 0).map(({ json_field }) => json_field);
}

const isTight = async (unit: string): Promise<boolean> => {
  const { code } = await run(
    'systemd-analyze',
    'security',
    '--offline=true',
    `--threshold=${MOST_EXPOSURE}`,
    unit,
  );
  return code === 0 && (await openIn(unit)).every((each) => LEFT_OPEN[each] !== undefined);
};

const settings = (text: string): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const [, key = '', value = ''] of text.matchAll(/^([A-Za-z]+)=(.*)$/gm)) {
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
};

let directory: string;
let service: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'systemd-'));
  service = await readFile(join(UNITS, 'countersign.service'), 'utf8');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A copy of the unit with another text, under its own name, as the tools want it. */
async function variant(name: string, text: string): Promise<string> {
  const place = await mkdtemp(join(directory, `${name}-`));
  const unit = join(place, 'countersign.service');
  await writeFile(unit, text);
  return unit;
}

describe('the units', () => {
  it('are such as systemd reads them without a word of complaint', async () => {
    const place = join(directory, 'units');
    await cp(UNITS, place, { recursive: true });
    // Node may stand elsewhere on this computer; what is examined is all the rest.
    const here = service.replace('/usr/bin/node ', `${process.execPath} `);
    await writeFile(join(place, 'countersign.service'), here);
    const units = (await readdir(place)).filter((name) => /\.(service|path)$/.test(name));
    expect(units).toHaveLength(3);
    const verdict = await run(
      'systemd-analyze',
      'verify',
      '--man=no',
      ...units.map((name) => join(place, name)),
    );
    expect(verdict).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('would not pass with a misspelt line (the examination is no formality)', async () => {
    const unit = await variant('misspelt', service.replace('RestrictRealtime=', 'RestrictRealTime='));
    const { stderr } = await run('systemd-analyze', 'verify', '--man=no', unit);
    expect(stderr).toMatch(/Unknown key.*RestrictRealTime/);
  });

  it('makes accounts and groups that systemd-sysusers understands', async () => {
    const file = join(UNITS, 'countersign.sysusers');
    const { code, stdout, stderr } = await run('systemd-sysusers', '--dry-run', file);
    expect({ code, stderr: stderr.replaceAll(/^(Creating|Would) .*\n/gm, '') }).toMatchObject({ code: 0 });
    expect(`${stdout}${stderr}`).toContain("'countersign'");
    const groups = settings(service).get('SupplementaryGroups')?.[0]?.split(' ') ?? [];
    const text = await readFile(file, 'utf8');
    // A group that is missing would keep the service from starting.
    for (const group of groups) expect(text).toMatch(new RegExp(`^g ${group} `, 'm'));
  });
});

describe('the sandbox', () => {
  it(`has an exposure of at most ${MOST_EXPOSURE / 10}, and nothing is open but what has a reason`, async () => {
    const unit = await variant('as-it-is', service);
    const { code, stdout } = await run(
      'systemd-analyze',
      'security',
      '--offline=true',
      `--threshold=${MOST_EXPOSURE}`,
      unit,
    );
    expect(stdout).toMatch(/Overall exposure level for countersign\.service: [01]\.\d/);
    expect(code).toBe(0);
    expect(new Set(await openIn(unit))).toEqual(new Set(Object.keys(LEFT_OPEN)));
  });

  it.each([
    'User',
    'UMask',
    'ProtectSystem',
    'ProtectHome',
    'PrivateTmp',
    'PrivateMounts',
    'ProtectProc',
    'ProtectKernelTunables',
    'ProtectKernelModules',
    'ProtectKernelLogs',
    'ProtectControlGroups',
    'ProtectClock',
    'ProtectHostname',
    'RemoveIPC',
    'NoNewPrivileges',
    'CapabilityBoundingSet',
    'RestrictNamespaces',
    'RestrictRealtime',
    'RestrictSUIDSGID',
    'LockPersonality',
    'RestrictAddressFamilies',
    'SystemCallArchitectures',
    'SystemCallFilter',
  ])('is not tight without %s', async (key) => {
    const without = service.replaceAll(new RegExp(`^${key}=.*\\n`, 'gm'), '');
    expect(without).not.toBe(service);
    const unit = await variant(key, without);
    expect(await isTight(unit)).toBe(false);
  });

  it('keeps faces and keys out of memory images, and lamps writable', () => {
    const found = settings(service);
    expect(found.get('LimitCORE')).toEqual(['0']);
    // ProtectKernelTunables makes all of /sys read-only.
    expect(found.get('ReadWritePaths')?.[0]).toContain('/sys/class/gpio');
    expect(found.get('MemoryMax')).toHaveLength(1);
    // The tool counts neither of these two.
    expect(found.get('KeyringMode')).toEqual(['private']);
    expect(found.get('DevicePolicy')).toEqual(['closed']);
    expect(found.get('DeviceAllow')?.filter((each) => !/^char-[A-Za-z_0-9]+ rw$/.test(each))).toEqual([]);
  });
});

describe('the units and the program', () => {
  it('agree on directories, the request for a new start, and the watchdog', async () => {
    const found = settings(service);
    const config = parseConfig('');
    expect(`/var/lib/${found.get('StateDirectory')}`).toBe(config.stateDirectory);
    expect(`/run/${found.get('RuntimeDirectory')}`).toBe(config.runtimeDirectory);
    expect(found.get('RuntimeDirectoryPreserve')).toEqual(['yes']);

    const request = `${config.runtimeDirectory}/reboot-requested`;
    expect(await readFile(new URL('../../dist/cli/run.js', import.meta.url), 'utf8')).toContain(
      "'reboot-requested'",
    );
    const path = settings(await readFile(join(UNITS, 'countersign-reboot.path'), 'utf8'));
    expect(path.get('PathExists')).toEqual([request]);
    const reboot = settings(await readFile(join(UNITS, 'countersign-reboot.service'), 'utf8'));
    expect(reboot.get('ExecStart')?.[0]).toContain(`rm -f ${request}`);

    expect(found.get('Type')).toEqual(['notify']);
    // systemd-notify is a child: with `main` its messages would be thrown away.
    expect(found.get('NotifyAccess')).toEqual(['all']);
    expect(Number(found.get('WatchdogSec'))).toBeGreaterThanOrEqual(15);
    expect(found.get('Restart')).toEqual(['always']);
    expect(found.get('StartLimitIntervalSec')).toEqual(['0']);
    expect(found.get('ExecStart')?.[0]).toMatch(
      /dist\/main\.js run --config \/etc\/countersign\/config\.yaml$/,
    );
  });
});
