// What ts-json-schema-generator is pointed at; see ../README.md.
import type { HomeView, KnownBlock, ModalView } from "@slack/types";

export interface Published {
  message: KnownBlock[];
  modal: ModalView;
  home: HomeView;
}
