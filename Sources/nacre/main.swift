import Glibc
import NacreCommands

exit(Program.main())
