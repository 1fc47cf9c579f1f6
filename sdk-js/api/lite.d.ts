// The public interface of @tallymark/lite. Written by `npm run api`.

declare module "@tallymark/lite" {
  export interface Lite {
    flush(): Promise<void>;
    page(properties?: Properties | undefined): void;
    track(name: string, properties?: Properties | undefined): void;
  }
  export function lite(key: string, url: string): Lite;
}
