import type { ProtocolName } from './protocols.ts';

/** A filter rule as the file has it. */
export interface FilterRuleSource {
  accept?: ProtocolName | number | undefined;
  reject?: ProtocolName | number | undefined;
  source?: string | string[] | undefined;
  destination?: string | string[] | undefined;
  sourcePorts?: PortsSource | undefined;
  destinationPorts?: PortsSource | undefined;
  description?: string | undefined;
}

/** A port, `n-m`, or a list of those. */
type PortsSource = number | string | (number | string)[];

/** A filter as the file has it. */
export interface FilterSource {
  id?: string | undefined;
  tagged?: true | undefined;
  networkServices?: 'amazon-dns'[] | undefined;
  ingress?: FilterRuleSource[] | undefined;
  egress?: FilterRuleSource[] | undefined;
}
