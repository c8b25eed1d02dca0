import NacreCommands

