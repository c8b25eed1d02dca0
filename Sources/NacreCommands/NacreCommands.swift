/// The command line's entry point.
public enum NacreCommands {}
