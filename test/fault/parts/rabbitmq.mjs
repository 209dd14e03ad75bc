import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CARRIER_USER } from '#built/carrier/broker-rules.js';
import { TOPICS } from '#built/contract/topics.js';
import { spawnOwned } from './line-child.mjs';
import { freePort, listening } from './mosquitto.mjs';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
export const hasRabbitmq = () => existsSync(SERVER);

const idOf = (flag) => Number(execFileSync('id', [flag, 'rabbitmq'], { encoding: 'utf8' }));

/** Each terminal by its certificate's name, its own topics and no other; without `rules` everybody everything. */
function definitions(terminals, rules) {
  const levels = (direction) =>
    Object.values(TOPICS)
      .filter((each) => each.direction === direction)
      .map(({ level }) => level.replaceAll('/', '\\.'))
      .join('|');
  const own = (direction) => `^countersign\\.v1\\.{username}\\.(${levels(direction)})$`;
  const user = (name) => ({
    name,
    password_hash: '',
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: '',
  });
  const queue = (name) => `mqtt-subscription-${name}qos[01]`;
  const all = { vhost: '/', configure: '.*', write: '.*', read: '.*' };
  return {
    vhosts: [{ name: '/' }],
    users: [CARRIER_USER, ...terminals].map(user),
    permissions: [
      { user: CARRIER_USER, ...all },
      ...terminals.map((name) =>
        rules
          ? {
              user: name,
              vhost: '/',
              configure: `^${queue(name)}$`,
              write: `^(amq\\.topic|${queue(name)})$`,
              read: `^(amq\\.topic|${queue(name)})$`,
            }
          : { user: name, ...all },
      ),
    ],
    topic_permissions: rules
      ? terminals.map((name) => ({
          user: name,
          vhost: '/',
          exchange: 'amq.topic',
          write: own('up'),
          read: own('down'),
        }))
      : [],
  };
}

/**
 * RabbitMQ as Debian packages it, with its MQTT plugin and nothing else: run by hand as its own user, on loopback, with
 * data, node name and port mapper of its own. `tls` are the paths of `ca`, `certificate` and `key`.
 */
export async function createRabbitmq(directory, { terminals, tls, rules = true }) {
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  const home = join(directory, 'rabbitmq');
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, uid, gid);
  chmodSync(directory, 0o755);
  const write = (name, text) => {
    const file = join(home, name);
    writeFileSync(file, text, { mode: 0o600 });
    chownSync(file, uid, gid);
    return file;
  };
  const defined = write('definitions.json', JSON.stringify(definitions(terminals, rules)));
  const config = write(
    'rabbitmq.conf',
    [
      'listeners.tcp = none',
      'mqtt.listeners.tcp = none',
      `mqtt.listeners.ssl.1 = 127.0.0.1:${port}`,
      'mqtt.allow_anonymous = false',
      'mqtt.ssl_cert_login = true',
      'ssl_cert_login_from = common_name',
      `ssl_options.cacertfile = ${tls.ca}`,
      `ssl_options.certfile = ${tls.certificate}`,
      `ssl_options.keyfile = ${tls.key}`,
      'ssl_options.verify = verify_peer',
      'ssl_options.fail_if_no_peer_cert = true',
      `load_definitions = ${defined}`,
      'log.file.level = info',
      '',
    ].join('\n'),
  );
  const env = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: home,
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_NODENAME: `countersign-fault-${process.pid}@localhost`,
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_ENABLED_PLUGINS_FILE: write('enabled_plugins', '[rabbitmq_mqtt].\n'),
    RABBITMQ_MNESIA_BASE: join(home, 'data'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_PID_FILE: join(home, 'pid'),
  };
  const own = { uid, gid, cwd: home, env };
  // In the foreground, so that the server does not start one that would stay.
  const epmd = spawnOwned('epmd', ['-port', String(mapper), '-address', '127.0.0.1'], {
    ...own,
    stdio: 'ignore',
  });
  await listening(mapper, () => epmd.exitCode === null);
  let server;
  /** The script leaves the virtual machine in its process group. */
  const signalAll = (signal) => {
    try {
      if (server !== undefined) process.kill(-server.pid, signal);
    } catch {
      // All of them are gone.
    }
  };
  process.on('exit', () => signalAll('SIGKILL'));
  const isThere = () => {
    try {
      return process.kill(-server.pid, 0);
    } catch {
      return false;
    }
  };
  const stop = async (signal) => {
    if (server === undefined) return;
    signalAll(signal);
    for (let waited = 0; isThere() && waited < 300; waited++) await sleep(100);
    signalAll('SIGKILL');
    server = undefined;
  };
  return {
    url: `mqtts://127.0.0.1:${port}`,
    version: () =>
      execFileSync('dpkg-query', ['-W', 'rabbitmq-server'], { encoding: 'utf8' }).trim().split('\t')[1],
    async start() {
      server = spawn(SERVER, [], { ...own, detached: true, stdio: 'ignore' });
      const mine = server;
      let ended = false;
      void once(mine, 'exit').then(() => {
        ended = true;
      });
      await listening(port, () => !ended, 6000);
    },
    stop,
    async close() {
      await stop('SIGTERM');
      const gone = once(epmd, 'exit');
      epmd.kill('SIGTERM');
      await gone;
    },
  };
}
