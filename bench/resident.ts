/**
 * @file One iteration of iDLG on the network named; prints the most memory that the process held, in megabytes.
 */
import { idlg } from '../src/index.ts';
import { NETWORKS, victimOf } from './victim.ts';

const { network, shared } = victimOf(NETWORKS[process.argv[2] as keyof typeof NETWORKS]);
idlg(network, shared, { iterations: 1 });
console.log(process.resourceUsage().maxRSS / 1024);
