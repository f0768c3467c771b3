declare module "@elastic/mockotlpserver" {
  export interface MockOtlpServerOptions {
    readonly logLevel?: string;
    readonly services?: readonly ("http" | "grpc" | "ui")[];
    readonly httpHostname?: string;
    readonly httpPort?: number;
    readonly onTrace?: (request: unknown) => void;
  }
  export class MockOtlpServer {
    constructor(options?: MockOtlpServerOptions);
    readonly httpUrl: URL;
    start(): Promise<void>;
    close(): Promise<void>;
  }
}
