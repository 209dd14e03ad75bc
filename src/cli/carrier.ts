import { Command } from 'commander';
import { carrierAuditCommand } from './carrier/audit.js';
import { carrierBrokerCommand } from './carrier/broker.js';
import { carrierEnrolCommand } from './carrier/enrol.js';
import { carrierInitCommand, carrierRotateCommand } from './carrier/init.js';
import { carrierKeysCommand } from './carrier/keys.js';
import { carrierCommandCommand, carrierOrderCommand } from './carrier/send.js';
import { carrierServeCommand } from './carrier/serve.js';

/** `countersign carrier`: the reference carrier, built on the library that the package exports. */
export function carrierCommand(): Command {
  return new Command('carrier')
    .description('The reference carrier: its keys, its terminals, its side of the line.')
    .addCommand(carrierInitCommand())
    .addCommand(carrierBrokerCommand())
    .addCommand(carrierEnrolCommand())
    .addCommand(carrierServeCommand())
    .addCommand(carrierOrderCommand())
    .addCommand(carrierCommandCommand())
    .addCommand(carrierKeysCommand())
    .addCommand(carrierAuditCommand())
    .addCommand(carrierRotateCommand());
}
